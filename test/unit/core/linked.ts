import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/system/fingerprint.ts';
import type { ScratchFolder } from '../../support/scratch-folder.ts';
import { type ModuleParts, writeModule } from '../formats/module-specimens.ts';
import { addKernel, arch, release as built, makeMachine } from './machine.ts';

export { built };

/** The kernel that has the links. */
export const linking = '6.12.2-test';

export const linkingTree = `usr/src/linux-headers-${linking}`;
export const folder = `lib/modules/${linking}/weak-updates`;
export const target = placeOf('foo');
export const vermagic = (release: string, flags = 'SMP mod_unload modversions') => `${release} ${flags} `;

function placeOf(name: string): string {
  return `/lib/modules/${built}/updates/dkms/${name}.ko`;
}

/** What fits both kernels. */
export const fitting: ModuleParts = {
  modinfo: { vermagic: vermagic(built), version: '1.0' },
  imports: ['printk', 'other'],
  versions: { printk: 1, other: 2, module_layout: 7 },
};

export const symvers = (crcs: Readonly<Record<string, string>> = {}) =>
  Object.entries({ printk: '0x00000001', other: '0x00000002', module_layout: '0x00000007', ...crcs })
    .map(([name, crc]) => `${crc}\t${name}\tvmlinux\tEXPORT_SYMBOL\t\n`)
    .concat('0x00000003\tusb\tdrivers/usb/core/usbcore\tEXPORT_SYMBOL\t\n')
    .join('');

/** foo/1.0 without AUTOINSTALL is installed for one kernel, and another one has a link to it. */
export function makeLinked(parts: ModuleParts = fitting) {
  const machine = makeMachine();
  const { scratch, layout, module } = machine;
  addKernel(scratch, linking);
  scratch.write(`${linkingTree}/Module.symvers`, symvers());
  const link = addLinked(scratch, module.name, parts);
  const proof = join(layout.weak, linking, 'foo.ko.json');
  return {
    ...machine,
    at: { module, release: built, arch },
    ...{ link, proof },
    installed: join(scratch.path, target),
    readProof: () => JSON.parse(readFileSync(proof, 'utf8')),
  };
}

export type Linked = ReturnType<typeof makeLinked>;

/** A module of ours that is installed for the one kernel, and linked to by the other one. */
export function addLinked(scratch: ScratchFolder, name: string, parts: ModuleParts): string {
  const path = placeOf(name);
  const result = `var/lib/dkms/${name}/1.0/${built}/${arch}`;
  const bytes = writeModule(parts);
  scratch.write(
    `usr/src/${name}-1.0/dkms.conf`,
    `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\n`,
  );
  scratch.write(`${result}/module/${name}.ko`, bytes);
  scratch.link(`1.0/${built}/${arch}`, `var/lib/dkms/${name}/kernel-${built}-${arch}`);
  const files = [{ path, size: bytes.length, sha256: sha256(bytes) }];
  scratch.write(`${result}/manifest.json`, JSON.stringify({ version: 1, build: 1000, files }));
  scratch.write(path, bytes);
  return scratch.link(path, `${folder}/${name}.ko`);
}
