import { identifyTool, type Tool } from '../../../src/core/build/toolchain.ts';
import { survey } from '../../../src/core/facts.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import type { InputFile, Provenance } from '../../../src/core/provenance/provenance.ts';
import { sourceFiles } from '../../../src/core/provenance/record.ts';
import { everything } from '../../../src/policy/scope.ts';
import { Fingerprints } from '../../../src/system/fingerprint.ts';
import { machineName } from '../../../src/system/machine.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

export const release = '6.12.1-test';
export const tree = `usr/src/linux-headers-${release}`;
export const arch = machineName;

/** A root with one kernel (image, headers) and the registered module foo/1.0. */
export function makeMachine() {
  const scratch = makeScratchFolder();
  scratch.write('etc/os-release', 'ID=debian\n');
  addKernel(scratch);
  addModule(scratch, 'foo', 'AUTOINSTALL=yes\n');
  return { scratch, layout: layoutOf(scratch.path), module: { name: 'foo', version: '1.0' } };
}

export function addKernel(scratch: ScratchFolder, name = release): void {
  const headers = `usr/src/linux-headers-${name}`;
  scratch.write(`boot/vmlinuz-${name}`, 'image');
  scratch.write(`${headers}/Makefile`, 'all:\n');
  scratch.write(`${headers}/.config`, 'CONFIG_MODULES=y\nCONFIG_CC_VERSION_TEXT="gcc (x) 1"\n');
  scratch.write(
    `${headers}/Module.symvers`,
    '0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0x2\tother\tvmlinux\tEXPORT_SYMBOL\t\n',
  );
  scratch.write(`${headers}/include/generated/autoconf.h`, '');
  scratch.write(`${headers}/include/generated/utsrelease.h`, `#define UTS_RELEASE "${name}"\n`);
  scratch.write(`${headers}/scripts/basic/fixdep`, '', 0o755);
  scratch.write(`${headers}/scripts/mod/modpost`, '', 0o755);
  // Absolute, as Debian's: it is to be followed below the root.
  scratch.link(`/${headers}`, `lib/modules/${name}/build`);
}

export function addModule(scratch: ScratchFolder, name: string, conf = ''): void {
  scratch.write(
    `usr/src/${name}-1.0/dkms.conf`,
    `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\n${conf}`,
  );
  scratch.write(`usr/src/${name}-1.0/${name}.c`, 'int x;\n');
  scratch.link(`/usr/src/${name}-1.0`, `var/lib/dkms/${name}/1.0/source`);
}

/** A finished build of foo/1.0 as `buildModule` leaves it, made of what is on disk now. */
export async function addBuild({ scratch, layout, module }: ReturnType<typeof makeMachine>): Promise<string> {
  const found = await survey(readerOf(layout), everything);
  const site = found.site(module, release);
  const file = (path: string): InputFile => {
    const fingerprint = new Fingerprints().of(`${scratch.path}/${path}`);
    if (fingerprint === undefined) throw new Error(`${path} is not there`);
    return { path: `${scratch.path}/${path}`, ...fingerprint };
  };
  const compiler = scratch.write('usr/bin/testcc', '#!/bin/sh\necho "testcc 1.0"\n', 0o755);
  const provenance: Provenance = {
    version: 1,
    module,
    kernel: { release, arch },
    origin: 'autoinstall',
    startedAt: 1000,
    finishedAt: 2000,
    make: 'make',
    directives: site?.directives() ?? '',
    sources: sourceFiles(`${scratch.path}/usr/src/foo-1.0`, new Fingerprints()),
    headers: [file(`${tree}/include/generated/autoconf.h`)],
    kbuild: [file(`${tree}/Makefile`)],
    kernelConfig: file(`${tree}/.config`),
    moduleSymvers: file(`${tree}/Module.symvers`),
    symbols: { printk: '0x1' },
    tools: [(await identifyTool(compiler)) as Tool],
    outputs: [],
  };
  const folder = `var/lib/dkms/foo/1.0/${release}/${arch}`;
  scratch.write(`${folder}/module/foo.ko.xz`, 'built');
  scratch.write(`${folder}/provenance.json`, JSON.stringify(provenance));
  return `${scratch.path}/${folder}`;
}
