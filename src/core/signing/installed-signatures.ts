import { join } from 'node:path';
import { type ModuleSignature, readSignature } from '../../formats/module-signature.ts';
import { readDecompressed } from '../../system/decompress.ts';
import { readBytes } from '../../system/files.ts';
import { readManifest } from '../install/manifest.ts';
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
        const bytes = await readModule(join(layout.root, path));
        const signature = bytes && readSignature(bytes);
        if (bytes !== undefined) found.push({ at, path, ...(signature && { signature }) });
      }
    }
  }
  return found;
}

async function readModule(path: string): Promise<Uint8Array | undefined> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of readDecompressed(path)) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return readBytes(path).catch(() => undefined);
  }
}
