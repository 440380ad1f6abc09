/** The words dpkg and Debian's kernel packages use, and where they define them. */

/**
 * Directories whose programs run with a kernel release as `$1`: linux-run-hooks of linux-base >= 4.12, the kernel
 * packages' own scripts before that, installkernel of debianutils, scripts/package/builddeb of Linux. We call our
 * entries by the directory's name.
 * https://kernel-team.pages.debian.net/kernel-handbook/ch-update-hooks.html
 */
export const kernelEntries = ['postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d'] as const;

export type KernelEntry = (typeof kernelEntries)[number];

/** The plugin of kernel-install(8): its verb, the release, and what else it was called with. */
export const pluginEntry = 'kernel-install';

/** In the place of dkms's own, in front of those that make an index, an initramfs and a boot entry. */
export const pluginPath = 'usr/lib/kernel/install.d/40-kmodsmith.install';

/** The maintainer script of our own package: https://www.debian.org/doc/debian-policy/ch-maintainerscripts.html */
export const toolkitEntry = 'toolkit';

/** Those of a module's package. */
export const moduleEntry = 'module';

/** run-parts(8) passes over names with anything but letters, digits, `_` and `-`; no suffix, therefore. */
export const kernelHookPath = (entry: KernelEntry): string => `etc/kernel/${entry}/kmodsmith`;

/** Control files, named as in deb-postinst(5), deb-prerm(5), deb-postrm(5) and deb-triggers(5). */
export const controlPaths = {
  postinst: 'DEBIAN/postinst',
  prerm: 'DEBIAN/prerm',
  postrm: 'DEBIAN/postrm',
  triggers: 'DEBIAN/triggers',
} as const;

/**
 * Activated by our hooks for work that can wait for the end of the dpkg run: an explicit trigger of
 * deb-triggers(5), `noawait` so that no kernel package is held up by it.
 */
export const triggerName = 'kmodsmith';
