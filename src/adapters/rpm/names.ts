/** The words of rpm's scriptlets and triggers and of kernel-install(8), and what our files are called. */

/**
 * File triggers of the toolkit's package: rpm-scriptlets(7). Both get paths on standard input: after each package what came
 * with it, and before anything of a transaction has happened what is to go. %transfiletriggerin could tell what came as well,
 * but zypper leaves it out for packages that have a %posttrans.
 */
export const arrivalEntry = 'filetriggerin';
export const departureEntry = 'transfiletriggerun';

/**
 * The end of a transaction, as the last scriptlets of all packages see it, %transfiletriggerin, %transfiletriggerpostun,
 * which gets no paths, and the plugin of zypper.
 */
export const endEntry = 'posttrans';

/** Scriptlets of a module's package, of a kernel's, and of the toolkit's own: rpm-scriptlets(7). */
export const moduleEntry = 'module';
export const kernelEntry = 'kernel';
export const toolkitEntry = 'toolkit';

/** The plugins of kernel-install(8): its verb, the release, and what else it was called with. */
export const pluginEntry = 'kernel-install';

/** Applies what a plugin has told, the release for an argument. */
export const pluginRunEntry = 'kernel-install-run';

/** Makes the images that nobody has made. */
export const imagesEntry = 'images';

export const entries = [
  ...[arrivalEntry, departureEntry, endEntry, moduleEntry, kernelEntry, toolkitEntry],
  ...[pluginEntry, pluginRunEntry, imagesEntry],
] as const;

/**
 * In the order of their names: the first in the place of dkms's own, in front of those that make an index, an initramfs and
 * a boot entry (50-depmod, 50-dracut, 90-loaderentry), the other one behind them.
 */
export const pluginPaths = {
  kernel: 'usr/lib/kernel/install.d/40-kmodsmith.install',
  images: 'usr/lib/kernel/install.d/99-kmodsmith-images.install',
} as const;

/** What zypper tells when it begins and ends: https://doc.opensuse.org/projects/libzypp/HEAD/zypp-plugins.html */
export const zyppPluginPath = 'usr/lib/zypp/plugins/commit/kmodsmith';

/** The program by which everything of rpm's calls the engine. */
export const hookProgram = 'rpm-hook';
export const hookProgramPath = `usr/lib/kmodsmith/${hookProgram}`;

/** Where rpm(8) looks for macros that packages bring. */
export const macrosPath = 'usr/lib/rpm/macros.d/macros.kmodsmith';

/** What a spec takes in by %include: scriptlets and triggers are no files of a package. */
export const scriptletsPath = (package_: string) => `${package_}.scriptlets`;

/** One scriptlet's lines, for a spec that has a section of that name. */
export const scriptletPath = (package_: string, scriptlet: string) => `${package_}.${scriptlet}`;

export const toolkitPackage = 'kmodsmith';

/** What the file triggers are about: rpm matches folders of packages' file lists, as they were packed. */
export const watchedFolders = ['/boot', '/lib/modules', '/usr/lib/modules', '/usr/src'] as const;

/**
 * The only paths below those that say something: where kernels, their headers and modules' sources are on Fedora, RHEL and
 * SUSE, and those of `make binrpm-pkg`. Expressions of grep -E as well; a release is what these groups hold, with dashes
 * between them, and a module's source has its folder there.
 */
export const tellingPaths = [
  { tells: 'image', path: '^/boot/vmlinu[xz]-([^/]+)$', groups: [1] },
  { tells: 'image', path: '^(/usr)?/lib/modules/([^/]+)/(vmlinuz|modules\\.builtin)$', groups: [2] },
  { tells: 'headers', path: '^(/usr)?/lib/modules/([^/]+)/build(/Makefile)?$', groups: [2] },
  { tells: 'headers', path: '^/usr/src/kernels/([^/]+)/Makefile$', groups: [1] },
  { tells: 'headers', path: '^/usr/src/linux-([^/]+)-obj/[^/]+/([^/]+)/Makefile$', groups: [1, 2] },
  { tells: 'module', path: '^/usr/src/([^/]+)/dkms\\.conf$', groups: [1] },
] as const;

/** Scriptlets in which a package tells what comes and goes: %postun is certain, %preun is there should rpm die before it. */
export const tellingScriptlets = {
  [moduleEntry]: ['post', 'preun', 'postun'],
  [kernelEntry]: ['post', 'postun'],
} as const;
