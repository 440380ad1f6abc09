import { join } from 'node:path';
import { type RunOptions, type RunResult, run, searchPath } from '../../system/exec.ts';
import { isExecutable } from '../../system/files.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { type Layout, lockVariable } from '../layout.ts';

/** A kernel whose initramfs is looked after. All paths of the tools are absolute ones inside the root. */
export interface Place {
  readonly layout: Layout;
  readonly release: string;
  /** Those that are there. */
  readonly images: readonly string[];
}

/** A program that makes images, as it is set up for one kernel. Every argv is to be run in the root. */
export interface InitramfsTool {
  readonly name: 'initramfs-tools' | 'dracut' | 'mkinitcpio' | 'booster';
  /** The one that tells what is in it. */
  readonly image: string;
  /** Prints the names of the files in an image, and perhaps more about each. */
  readonly list: (image: string) => readonly string[];
  /** Files, and folders of files, in which the admin and packages name what is to be in it. */
  readonly settings: readonly string[];
  /** Lines of them that count for nothing. */
  readonly isVoid?: (line: string) => boolean;
  readonly update: Update;
  /** Why it would do nothing if it were started, as the admin has set it up. */
  readonly idle?: string;
}

/** What hooks call with the kernel and the image once it is in place (Debian's kernel policy). */
export const postUpdateHooks = '/etc/initramfs/post-update.d';

interface Update {
  readonly argv: readonly string[];
  /** What it writes, to be put in the image's place when it has succeeded. Left out: it does so itself. */
  readonly output?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Started when the image is in its place. */
  readonly afterwards?: readonly string[];
}

/**
 * Runs a program of the root, in the root. Its hooks may call dkms: kernel-install's plugins do.
 * @throws KmodsmithError COMMAND_FAILED when it cannot be started.
 */
export async function runInRoot(
  { root, lock }: Layout,
  argv: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const env = { ...options.env, [lockVariable]: insideRoot(root, lock) };
  return run(root === '/' ? argv : ['chroot', root, ...argv], { ...options, env });
}

/** Where a program writes that would spoil the image if it failed: beside the file that the image really is. */
export async function besideImage({ root }: Layout, image: string): Promise<string> {
  const path = await resolveInRoot(root, image);
  return `${insideRoot(root, path)}.new`;
}

export async function hasProgram({ root }: Layout, name: string): Promise<boolean> {
  for (const folder of searchPath.split(':'))
    if (await isExecutable(await resolveInRoot(root, join(folder, name)))) return true;
  return false;
}
