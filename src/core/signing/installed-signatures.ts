import { join } from 'node:path';
import { readManifest } from '../install/manifest.ts';
import { readModuleFile } from '../install/module-file.ts';
import type { BuildCoordinates } from '../layout.ts';
import { isInstalled, listBuilds, listModules } from '../tree.ts';
import { type JudgedSignature, judgeSignature, type SignatureMachine } from './judge-signature.ts';

export interface SignedFile {
  readonly at: BuildCoordinates;
  /** Absolute path inside the root. */
  readonly path: string;
  /** Undefined: it has none. */
  readonly signature?: JudgedSignature | 'damaged';
}

/** Who signed the modules that are installed, by what is at the end of each. What cannot be read is left out. */
export async function listSignatures(machine: SignatureMachine): Promise<SignedFile[]> {
  const { layout } = machine;
  const found: SignedFile[] = [];
  for (const module of await listModules(layout)) {
    for (const at of await listBuilds(layout, module)) {
      if (!(await isInstalled(layout, at))) continue;
      const paths = new Set((await readManifest(layout, at))?.files.map(({ path }) => path));
      for (const path of paths) {
        const file = await readModuleFile(join(layout.root, path)).catch(() => undefined);
        if (file === undefined) continue;
        const judged = await judgeSignature(file, at, machine);
        const signature = file.signature === 'damaged' ? 'damaged' : judged;
        found.push({ at, path, ...(signature && { signature }) });
      }
    }
  }
  return found;
}
