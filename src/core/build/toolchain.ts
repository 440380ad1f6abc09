import { join } from 'node:path';
import { run, searchPath } from '../../system/exec.ts';
import { changeTime, isExecutable, readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';

/** A program that took part in a build. `changed` (ms) tells whether asking for the version again is needed. */
export interface Tool {
  readonly program: string;
  readonly path: string;
  /** The first line of `--version`, which for Debian's compilers holds the package revision. */
  readonly version: string;
  readonly changed: number;
  /** What a compiler compiles for (`-dumpmachine`); a linker does not say. Unknown in older records. */
  readonly target?: string;
  /** Of the program's file. Unknown in older records. */
  readonly sha256?: string;
}

/** Where the programs that we start come from: the host path, or undefined when it is not installed. */
export async function findProgram(program: string): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [program]
    : searchPath.split(':').map((folder) => join(folder, program));
  for (const path of candidates) if (await isExecutable(path)) return path;
  return undefined;
}

/** Which file a program is and when it last changed: enough to see that it was replaced. */
export async function programStamp(program: string): Promise<string> {
  const path = await findProgram(program);
  return `${program} ${path} ${path === undefined ? 0 : await changeTime(path)}`;
}

/** By their file and its last change: a run asks each tool once, however many modules it builds. */
const identified = new Map<string, Promise<Tool | undefined>>();

/** Who a compiler or linker is; undefined when it is not there or cannot be started. */
export async function identifyTool(program: string): Promise<Tool | undefined> {
  const path = await findProgram(program);
  if (path === undefined) return undefined;
  const key = JSON.stringify([program, path, await changeTime(path)]);
  const found = identified.get(key) ?? askTool(program, path);
  identified.set(key, found);
  return found;
}

/** What a program says of itself is all in its file. */
const briefly = { timeoutSeconds: 20, isRepeatable: true } as const;

async function askTool(program: string, path: string): Promise<Tool | undefined> {
  const asked = await run([path, '--version'], briefly).catch(() => undefined);
  if (asked === undefined) return undefined;
  const target = await askTarget(path);
  const bytes = await readBytes(path).catch(() => undefined);
  return {
    ...{ program, path, version: asked.stdout.split('\n')[0] ?? '', changed: await changeTime(path) },
    ...(target !== undefined && { target }),
    ...(bytes !== undefined && { sha256: sha256(bytes) }),
  };
}

async function askTarget(path: string): Promise<string | undefined> {
  const asked = await run([path, '-dumpmachine'], briefly).catch(() => undefined);
  const said = asked?.exitCode === 0 ? asked.stdout.trim() : '';
  return /^\w+(-[\w.]+)+$/.test(said) ? said : undefined;
}

/** Compares recorded tools with the present ones; looks at each program at most once in the life of this object. */
export class Tools {
  readonly #states = new Map<string, Promise<'same' | 'changed' | 'removed'>>();

  compare(recorded: Tool): Promise<'same' | 'changed' | 'removed'> {
    const key = JSON.stringify(recorded);
    const known = this.#states.get(key) ?? compareTool(recorded);
    this.#states.set(key, known);
    return known;
  }
}

/** Asks the tool for its version only when its file has changed. */
async function compareTool(recorded: Tool): Promise<'same' | 'changed' | 'removed'> {
  const path = await findProgram(recorded.program);
  if (path === undefined) return 'removed';
  if (path === recorded.path && (await changeTime(path)) === recorded.changed) return 'same';
  const found = await identifyTool(recorded.program);
  const isSameTarget = recorded.target === undefined || recorded.target === found?.target;
  return found?.version === recorded.version && isSameTarget ? 'same' : 'changed';
}
