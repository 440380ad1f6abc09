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
  const [program = ''] = directive.trim().split(/\s+/);
  for (const folder of [join(layout.configFolder, module), search.folder]) {
    if (await isExecutable(join(folder, program)))
      return { name, folder, command: `${folder}/${directive.trim()}` };
  }
  return undefined;
}

/**
 * Runs a script outside a build, its output on our own streams; returns its exit status. The directive is split into
 * words and nothing else: quotes reach the script.
 */
export async function runScript(
  { command, folder }: FoundScript,
  options: Pick<RunOptions, 'env' | 'show'>,
): Promise<number> {
  const { exitCode } = await run(command.split(/\s+/), { cwd: folder, ...options });
  return exitCode;
}
