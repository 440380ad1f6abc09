import { join } from 'node:path';
import { type ModuleSignature, readSignature } from '../../formats/module-signature.ts';
import { readManifest } from '../install/manifest.ts';
import { readUnpacked } from '../install/module-file.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';
import { isInstalled, listBuilds, listModules } from '../tree.ts';

export interface SignedFile {
  readonly at: BuildCoordinates;
  /** Absolute path inside the root. */
  readonly path: string;
  readonly signature?: ModuleSignature;
}

/** Who signed the modules that are installed, by what is at the end of each. What cannot be read is left out. */
export async function listSignatures(layout: Layout): Promise<SignedFile[]> {
  const found: SignedFile[] = [];
  for (const module of await listModules(layout)) {
    for (const at of await listBuilds(layout, module)) {
      if (!(await isInstalled(layout, at))) continue;
      const paths = new Set((await readManifest(layout, at))?.files.map(({ path }) => path));
      for (const path of paths) {
        const bytes = await readUnpacked(join(layout.root, path)).catch(() => undefined);
        const signature = bytes && readSignature(bytes);
        if (bytes !== undefined) found.push({ at, path, ...(signature && { signature }) });
      }
    }
  }
  return found;
}
