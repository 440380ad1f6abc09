import { messageOf } from '../errors.ts';
import { exists, readBytes } from '../system/files.ts';
import { sha256 } from '../system/fingerprint.ts';
import { resolveInRoot } from '../system/root.ts';
import type { Layout } from './layout.ts';
import { type ModuleFile, readModuleFile } from './module-file.ts';

/** A module file as it lies below /lib/modules, and what is in it. */
export interface PlacedFile extends ModuleFile {
  /** Bytes, as it lies there. */
  readonly size: number;
  readonly sha256: string;
}

/** By its absolute path inside the root; a link is followed as it would be there. */
export async function readPlacedFile(
  layout: Layout,
  path: string,
): Promise<PlacedFile | 'missing' | { readonly why: string }> {
  const place = await resolveInRoot(layout.root, path);
  if (!(await exists(place))) return 'missing';
  try {
    const bytes = await readBytes(place);
    return { ...(await readModuleFile(place)), size: bytes.length, sha256: sha256(bytes) };
  } catch (error) {
    return { why: messageOf(error) };
  }
}
