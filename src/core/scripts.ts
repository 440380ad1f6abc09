import { join } from 'node:path';
import { type RunOptions, run } from '../system/exec.ts';
import { isExecutable } from '../system/files.ts';
import type { ScriptName } from './directives.ts';
import type { Layout } from './layout.ts';

/** A script of a package, found. */
export interface FoundScript {
  readonly name: ScriptName;
  readonly folder: string;
  /** The program's path and the rest of the directive, as written. */
  readonly command: string;
  /** The same, split into words and nothing else. */
  readonly argv: readonly string[];
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
  const [program = '', ...rest] = directive.trim().split(/\s+/);
  for (const folder of [join(layout.configFolder, module), search.folder]) {
    const path = `${folder}/${program}`;
    if (await isExecutable(path))
      return { name, folder, command: `${folder}/${directive.trim()}`, argv: [path, ...rest] };
  }
  return undefined;
}

/**
 * Runs a script outside a build, its output on our own streams; returns its exit status. Quotes in the directive reach
 * the script. The shell is for scripts that do not name theirs, and makes a signal a status.
 */
export async function runScript(
  { argv, folder }: FoundScript,
  options: Pick<RunOptions, 'env' | 'show'>,
): Promise<number> {
  const started = ['bash', '--noprofile', '--norc', '-c', '"$@"; exit $?', 'dkms', ...argv];
  const { exitCode } = await run(started, { cwd: folder, ...options });
  return exitCode;
}
