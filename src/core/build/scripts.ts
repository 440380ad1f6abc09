import { join } from 'node:path';
import { type RunOptions, run } from '../../system/exec.ts';
import { isExecutable } from '../../system/files.ts';
import type { ScriptName } from '../conf/directives.ts';
import type { Layout } from '../layout.ts';

/** A script of a package, found. */
export interface FoundScript {
  readonly name: ScriptName;
  readonly folder: string;
  /** The program's path and the rest of the directive, as written. */
  readonly command: string;
  readonly program: string;
  /** What follows the program, as written. */
  readonly words: string;
}

export interface ScriptSearch {
  readonly layout: Layout;
  readonly module: string;
  readonly name: ScriptName;
  /** What the directive says: a program below `folder` and its arguments. */
  readonly directive: string;
  readonly folder: string;
}

/**
 * Where a script is: an admin's in /etc/dkms/<module>/ wins over the package's (dkms-compat.md section 2.8). Undefined
 * when neither can be executed.
 */
export async function findScript(search: ScriptSearch): Promise<FoundScript | undefined> {
  const { layout, module, name, directive } = search;
  const command = directive.trim();
  const [word = ''] = command.split(/\s/, 1);
  for (const folder of [join(layout.configFolder, module), search.folder]) {
    const program = `${folder}/${word}`;
    if (await isExecutable(program))
      return { name, folder, command: `${folder}/${command}`, program, words: command.slice(word.length) };
  }
  return undefined;
}

/**
 * Runs a script outside a build, its output on our own streams; returns its exit status. The words
 * are split and stand for the files that they match, and nothing else: quotes reach the script, as for dkms. The shell is
 * for scripts that do not name theirs, too, and makes a signal a status.
 */
export async function runScript(
  { program, words, folder }: FoundScript,
  options: Pick<RunOptions, 'env' | 'show'>,
): Promise<number> {
  const started = ['bash', '--noprofile', '--norc', '-c', '"$1" $2; exit $?', 'dkms', program, words];
  const { exitCode } = await run(started, { cwd: folder, ...options });
  return exitCode;
}
