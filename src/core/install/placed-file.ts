import { messageOf } from '../../errors.ts';
import { exists } from '../../system/files.ts';
import { sizeOf } from '../../system/read-part.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import { type ModuleFile, readModuleFile } from './module-file.ts';

/** A module file as it lies below /lib/modules, and what is in it. */
export interface PlacedFile extends ModuleFile {
  /** Bytes, as it lies there. */
  readonly size: number;
}

/** By its absolute path inside the root; a link is followed as it would be there. */
export async function readPlacedFile(
  layout: Layout,
  path: string,
): Promise<PlacedFile | 'missing' | { readonly why: string }> {
  const place = await resolveInRoot(layout.root, path);
  if (!(await exists(place))) return 'missing';
  try {
    return { ...(await readModuleFile(place)), size: await sizeOf(place) };
  } catch (error) {
    return { why: messageOf(error) };
  }
}
