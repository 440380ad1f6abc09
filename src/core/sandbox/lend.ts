import { runChecked } from '../../system/exec.ts';
import { removeTree } from '../../system/files.ts';
import type { BuildSettings } from '../build/request.ts';

type Borrowing = Pick<BuildSettings, 'sandbox'>;

/**
 * Makes files and folders with all below them those of the sandbox's user; links themselves, never what they lead to.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function lend({ sandbox }: Borrowing, ...paths: readonly string[]): Promise<void> {
  if (sandbox?.user === undefined) return;
  const { uid, gid } = sandbox.user;
  await runChecked(['chown', '-hR', `${uid}:${gid}`, '--', ...paths]);
}

/**
 * Makes them ours again; nobody else may write to them.
 * @throws KmodsmithError COMMAND_FAILED.
 */
export async function takeBack({ sandbox }: Borrowing, path: string): Promise<void> {
  if (sandbox?.user === undefined) return;
  await runChecked(['chown', '-hR', '0:0', '--', path]);
  await runChecked(['chmod', '-R', 'go-w', '--', path]);
}

/**
 * Removes a folder that was lent, whatever is in it: rm(1) does not go by paths, which are too long or change under it.
 * @throws KmodsmithError COMMAND_FAILED, WRITE_FAILED.
 */
export async function removeLent({ sandbox }: Borrowing, path: string): Promise<void> {
  if (sandbox === undefined) return removeTree(path);
  await runChecked(['rm', '-rf', '--', path]);
}
