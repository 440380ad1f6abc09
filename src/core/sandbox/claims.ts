import { entryStats, statsOf } from '../../system/stats.ts';

/*
 * What a build says of itself in its `.cmd` files, it may make up. The engine, which is root, would ask any program for
 * its version, and let everybody know the size and hash of any file.
 */

/** Whether a program is what kbuild calls: compilers and linkers, by their names. */
export function isBuildTool(program: string): boolean {
  return /^(\w+-)*(g?cc|clang|ld|ld\.\w+|rustc|objcopy|objtool|pahole|ar|nm|as)(-[\d.]+)?$/.test(program);
}

/** Whether it is a link to what not all may read: one in a source may have been put there to learn of /etc/shadow. */
export function leadsToSecret(path: string): boolean {
  return entryStats(path)?.isSymbolicLink() === true && !isReadableByAll(path);
}

/** Whether an ordinary user may read a file; what leads to it is not looked at. */
export function isReadableByAll(path: string): boolean {
  return ((statsOf(path)?.mode ?? 0) & 0o004) !== 0;
}
