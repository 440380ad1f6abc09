import { runChecked } from '../../system/exec.ts';
import { removeTree } from '../../system/files.ts';
import { giveTo, takeForRoot } from '../../system/ownership.ts';
import type { BuildSettings } from '../build/request.ts';

type Borrowing = Pick<BuildSettings, 'sandbox'>;

/**
 * Makes files and folders with all below them those of the sandbox's user; links themselves, never what they lead to.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function lend({ sandbox }: Borrowing, ...paths: readonly string[]): Promise<void> {
  const user = sandbox?.user;
  if (user !== undefined) for (const path of paths) giveTo(user, path);
}

/**
 * Makes them ours again; nobody else may write to them.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function takeBack({ sandbox }: Borrowing, path: string): Promise<void> {
  if (sandbox?.user !== undefined) takeForRoot(path);
}

/**
 * Removes a folder that was lent, whatever is in it: rm(1) does not go by paths, which may be longer than any call takes.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function removeLent({ sandbox }: Borrowing, path: string): Promise<void> {
  if (sandbox === undefined) return removeTree(path);
  await removeTree(path).catch(() => runChecked(['rm', '-rf', '--', path]));
}
