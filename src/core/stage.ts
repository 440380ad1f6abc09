import { join } from 'node:path';
import { moduleCompression } from '../formats/kernel-config.ts';
import { runChecked } from '../system/exec.ts';
import { copyAtomically, makeFolder, readBytes, readTextIfPresent } from '../system/files.ts';
import { sha256 } from '../system/fingerprint.ts';
import type { BuiltObject } from './compile.ts';
import { compressModule } from './compress.ts';
import type { KernelTree } from './kernels.ts';
import type { Provenance } from './provenance.ts';

export interface Staging {
  readonly tree: KernelTree;
  readonly staging: string;
  readonly folder: string;
  readonly objects: readonly BuiltObject[];
  readonly log: string;
}

/** Strips and compresses the modules and lays out the finished result as dkms does (dkms-compat.md section 4.1). */
export async function stage({
  tree,
  staging,
  folder,
  objects,
  log,
}: Staging): Promise<Provenance['outputs']> {
  const settings = tree.config?.settings ?? new Map();
  const outputs: Provenance['outputs'][number][] = [];
  await makeFolder(join(staging, 'module'));
  for (const { name, strip, path } of objects) {
    if (strip) await runChecked(['strip', '--strip-debug', path]);
    const file = await compressModule(path, moduleCompression(settings));
    const target = join(staging, 'module', `${name}${file.slice(file.lastIndexOf('.ko'))}`);
    await copyAtomically(file, target);
    const bytes = await readBytes(target);
    outputs.push({
      name: target.slice(target.lastIndexOf('/') + 1),
      size: bytes.length,
      sha256: sha256(bytes),
    });
  }
  const symvers = join(folder, 'Module.symvers');
  if ((await readTextIfPresent(symvers)) !== undefined)
    await copyAtomically(symvers, join(staging, 'module/Module.symvers'));
  await copyAtomically(log, join(staging, 'log/make.log'));
  return outputs;
}
