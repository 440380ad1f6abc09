import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from './cache.ts';
import type { CorpusKernel } from './corpus.ts';
import { readKernels } from './kernels.ts';
import { type Observation, observationFormat, observe, observeProgram } from './observe.ts';
import { layerId } from './recipes.ts';
import { openRoot } from './roots.ts';

/** What the distribution's dkms does with a package of the corpus; remembered on disk, since it never changes. */
export async function askOracle(package_: string, kernel: CorpusKernel): Promise<Observation> {
  const path = join(cacheDirectory(), 'oracle', await oracleId(), `${package_}-${kernel}.json`);
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known);
  await using root = await openRoot('trixie-corpus-thin');
  const { debs } = await readKernels(root);
  await root.run(['dpkg', '--install', debs['dkms']?.file ?? 'dkms']);
  const observation = await observe(root, package_, kernel);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.${process.pid}`, JSON.stringify(observation, undefined, 1));
  await rename(`${path}.${process.pid}`, path);
  return observation;
}

/** By the layer, which holds the dkms, the packages and the kernels, and by the way of looking. */
async function oracleId(): Promise<string> {
  const program = await readFile(observeProgram);
  const way = createHash('sha256').update(program).update(String(observationFormat)).digest('hex');
  return `${await layerId('trixie-corpus-thin')}-${way.slice(0, 8)}`;
}
