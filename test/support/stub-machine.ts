import type { ScratchRoot } from './scratch-root.ts';

/** A module that is registered, as a path below the root. `label`: name/version. */
export function registrationOf(label: string): string {
  return `var/lib/dkms/${label}/source`;
}

/** Registers a module; make fails for it. */
export function addModule(root: ScratchRoot, label: string, directives = 'AUTOINSTALL=yes\n'): void {
  const [name, version] = label.split('/');
  const source = `usr/src/${name}-${version}`;
  const names = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=${version}\nBUILT_MODULE_NAME=${name}\n`;
  root.write(`${source}/dkms.conf`, `${names}DEST_MODULE_LOCATION=/updates\nMAKE=false\n${directives}`);
  root.write(`${source}/${name}.c`, 'int x;\n');
  root.link(`/${source}`, registrationOf(label));
}

/** A kernel with headers that look as if they could be compiled with. */
export function addKernel(root: ScratchRoot, release: string): void {
  const headers = `usr/src/linux-headers-${release}`;
  const files = {
    Makefile: 'all:\n',
    '.config': 'CONFIG_MODULES=y\n',
    'Module.symvers': '',
    'include/generated/autoconf.h': '',
    'include/generated/utsrelease.h': `#define UTS_RELEASE "${release}"\n`,
    'scripts/basic/fixdep': '',
    'scripts/mod/modpost': '',
  };
  for (const [path, content] of Object.entries(files)) root.write(`${headers}/${path}`, content);
  root.write('etc/os-release', 'ID=debian\n');
  root.write(`boot/vmlinuz-${release}`, '');
  root.link(`/${headers}`, `lib/modules/${release}/build`);
}
