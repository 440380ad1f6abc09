import { inject } from 'vitest';
import { repackDeb } from '../repack.ts';
import { openRoot } from '../roots.ts';
import { columns, type RowKernel } from '../rows/sight.ts';
import {
  headersTree,
  imageFiles,
  type KernelScripts,
  moduleDeb,
  packToyDeb,
  readKernelScripts,
  type ToyDeb,
} from '../toy-debs.ts';
import { type Debs, installWithPolicy, machineOn, type RowMachine } from './machine.ts';

const toy = (release: string) => ({
  ...{ release, image: `linux-image-${release}`, headers: [`linux-headers-${release}`] },
});
const kernel = toy('6.12.1-toy');
const other = toy('6.13.0-toy');

/** A file of the package `owner`; whatever else has it cannot be unpacked. */
const owned = { 'usr/share/owned': 'by somebody\n' };

/** Packs all that the rows of toy kernels install, once for all machines. */
export async function packToyDebs(folder: string): Promise<Debs> {
  const scripts = await readKernelScripts();
  const kernels = await kernelDebs(folder, scripts);
  const specs: Record<string, ToyDeb> = {
    ...kernels,
    ...moduleDebs(),
    owner: { name: 'owner', files: owned },
  };
  const packed = Object.entries(specs).map(
    async ([name, spec]) => [name, [await packToyDeb(folder, spec)]] as const,
  );
  const toolkit = await repackDeb(inject('toolkitDeb'), { version: () => '2' }, folder);
  return { ...Object.fromEntries(await Promise.all(packed)), 'kmodsmith 2': [toolkit] };
}

async function kernelDebs(folder: string, scripts: KernelScripts): Promise<Record<string, ToyDeb>> {
  const image = ({ release, image: name }: RowKernel, version: string) => ({
    ...{ name, version, files: imageFiles(release), scripts: scripts.image(release) },
  });
  const headers = async ({ release, headers: [name = ''] }: RowKernel, version: string, edits = {}) => ({
    ...{ name, version, scripts: scripts.headers(release) },
    tree: await headersTree(folder, release, edits),
  });
  const conflicting = (deb: ToyDeb) => ({ ...deb, files: { ...deb.files, ...owned } });
  const read = 'include/linux/lantern.h';
  const broken = await headers(kernel, '4', { [read]: '#error "of no use"\n' });
  return {
    'image 1': image(kernel, '1'),
    'image 2': image(kernel, '2'),
    'image that conflicts': conflicting(image(kernel, '3')),
    'headers 1': await headers(kernel, '1'),
    'headers 2': await headers(kernel, '2', { 'include/linux/kite.h': '/* changed */\n' }),
    'headers 3': await headers(kernel, '3', { [read]: '/* changed */\n' }),
    'headers that conflict': conflicting(broken),
    'headers that do not compile': broken,
    'other image': image(other, '1'),
    'other image that conflicts': conflicting(image(other, '1')),
    'other headers': await headers(other, '1'),
    'other headers that conflict': conflicting(await headers(other, '1')),
  };
}

/** Packages of the columns' modules; their prerm fails on demand, after it has told of the removal. */
export function moduleDebs(): Record<string, ToyDeb> {
  const usual = { auto: 'yes', hand: 'no', none: 'no' };
  const flipped = { auto: 'no', hand: 'yes', none: 'yes' };
  const debs: Record<string, ToyDeb> = {};
  for (const column of columns) {
    const deb = (options: Parameters<typeof moduleDeb>[1]) => {
      const made = moduleDeb(column, { autoinstall: usual[column], ...options });
      const prerm = `${made.scripts?.prerm}if [ -e /srv/refuse ]; then exit 1; fi\n`;
      return { ...made, scripts: { ...made.scripts, prerm } };
    };
    const all = [
      deb({}),
      deb({ revision: '2', source: '/* changed */\n' }),
      deb({ version: '2.0' }),
      deb({ version: '3.0', source: '#error "of no use"\n' }),
      deb({ version: '3.0', revision: '2' }),
      deb({ version: '4.0', autoinstall: flipped[column] }),
      deb({ version: '4.0', revision: '2' }),
    ];
    for (const made of all) debs[`${made.name} ${made.version}`] = made;
    const conflicting = deb({ version: '2.0', revision: '9' });
    debs[`${conflicting.name} that conflicts`] = {
      ...conflicting,
      files: { ...conflicting.files, ...owned },
    };
  }
  return debs;
}

/** A Debian without a kernel, with the toolkit and a package that others conflict with. */
export async function openToyMachine(debs: Debs, policy: string): Promise<RowMachine> {
  const root = await openRoot('trixie');
  const machine = machineOn(root, { debs, kernel, other });
  await installWithPolicy(root, policy);
  await machine.installAlone('owner');
  return machine;
}
