import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The paths of everything below a folder, relative to it. Node's own recursion follows links, in circles too. */
export function listBelow(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? [path, ...listBelow(folder, path)] : [path];
  });
}
