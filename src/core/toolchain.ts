import { join } from 'node:path';
import { run, searchPath } from '../system/exec.ts';
import { changeTime, isExecutable } from '../system/files.ts';

/** A program that took part in a build. `changed` (ms) tells whether asking for the version again is needed. */
export interface Tool {
  readonly program: string;
  readonly path: string;
  /** The first line of `--version`, which for Debian's compilers holds the package revision. */
  readonly version: string;
  readonly changed: number;
}

/** Where the programs that we start come from: the host path, or undefined when it is not installed. */
export async function findProgram(program: string): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [program]
    : searchPath.split(':').map((folder) => join(folder, program));
  for (const path of candidates) if (await isExecutable(path)) return path;
  return undefined;
}

/** Who a compiler or linker is; undefined when it is not there. */
export async function identifyTool(program: string): Promise<Tool | undefined> {
  const path = await findProgram(program);
  if (path === undefined) return undefined;
  const { stdout } = await run([path, '--version'], { timeoutSeconds: 20 });
  return { program, path, version: stdout.split('\n')[0] ?? '', changed: await changeTime(path) };
}

/** Whether the tool is still the recorded one; asks it only when its file has changed. */
export async function isSameTool(recorded: Tool): Promise<'same' | 'changed' | 'removed'> {
  const path = await findProgram(recorded.program);
  if (path === undefined) return 'removed';
  if (path === recorded.path && (await changeTime(path)) === recorded.changed) return 'same';
  return (await identifyTool(recorded.program))?.version === recorded.version ? 'same' : 'changed';
}
