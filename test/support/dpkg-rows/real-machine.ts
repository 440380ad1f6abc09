import { join } from 'node:path';
import { repackHeaders } from '../debian-machine.ts';
import { readKernels, type TestKernel } from '../kernels.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import type { RowKernel } from '../rows/sight.ts';
import { packToyDeb } from '../toy-debs.ts';
import { type Debs, installWithPolicy, machineOn, type RowMachine } from './machine.ts';
import { moduleDebs } from './toy-machine.ts';

/** Headers of a real kernel as they are, and with a header changed that the modules do not read, or do. */
export async function packRealDebs(folder: string): Promise<Debs> {
  await using root = await openRoot('trixie-kernels-thin');
  const { kernels, debs } = await readKernels(root);
  const kernel = kernels[0] as TestKernel;
  const originals: string[] = [];
  for (const name of [kernel.headers, kernel.common]) {
    originals.push(join(folder, `${name}_original.deb`));
    await root.copyOut(debs[name]?.file ?? name, originals.at(-1) ?? '');
  }
  const changed = (suffix: string, header: string) =>
    repackHeaders(root, kernel, { edit: { version: `${kernel.version}+${suffix}`, header }, folder });
  const modules = Object.entries(moduleDebs()).map(
    async ([name, spec]) => [name, [await packToyDeb(folder, spec)]] as const,
  );
  return {
    'headers 1': originals,
    'headers 2': await changed('a', 'include/linux/zorro.h'),
    'headers 3': await changed('b', 'include/linux/hashtable.h'),
    ...Object.fromEntries(await Promise.all(modules)),
  };
}

/** A Debian with two real kernels, no headers, and the toolkit. */
export async function openRealMachine(debs: Debs, policy: string): Promise<RowMachine> {
  const root: TestRoot = await openRoot('trixie-kernels-thin');
  const [kernel, other] = (await readKernels(root)).kernels.map(namesOf) as [RowKernel, RowKernel];
  await installWithPolicy(root, policy);
  return machineOn(root, { debs, kernel, other });
}

const namesOf = ({ release, image, headers, common }: TestKernel): RowKernel => ({
  ...{ release, image, headers: [headers, common] },
});
