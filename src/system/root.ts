import { isAbsolute, join, relative, sep } from 'node:path';
import { linkTargetSync } from './stats.ts';

/** As many as the kernel follows (path_resolution(7), ELOOP). */
const maximumLinks = 40;

/**
 * The real path of `path` (as seen inside `root`) with every symlink followed as it would be after chroot(2):
 * absolute targets and `..` stay below the root. Returns a path of the host; what does not exist is kept as it is.
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  let pending = components(path);
  let resolved = '/';
  let links = 0;
  while (pending.length > 0) {
    const [name = '', ...rest] = pending;
    pending = rest;
    const target = name === '..' ? undefined : linkTargetSync(join(root, resolved, name));
    if (target === undefined) {
      resolved = join(resolved, name);
    } else if (++links > maximumLinks) {
      return join(root, resolved, name);
    } else {
      if (isAbsolute(target)) resolved = '/';
      pending = [...components(target), ...pending];
    }
  }
  return join(root, resolved);
}

/** The path inside `root` of a host path below it; a path outside stays what it is. */
export function insideRoot(root: string, hostPath: string): string {
  const below = relative(root, hostPath);
  const isOutside = below === '..' || below.startsWith(`..${sep}`);
  return below === '' || isOutside ? hostPath : `/${below}`;
}

/** Not normalized: `link/..` is the parent of where the link leads, not the folder that holds the link. */
function components(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}
