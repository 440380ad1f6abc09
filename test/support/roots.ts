import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cachedLayers, newStack } from './layers.ts';
import { type EnterMode, enterStack } from './namespace.ts';
import type { ExecuteOptions } from './process.ts';
import { processesUsing } from './processes.ts';
import type { LayerName } from './recipes.ts';

interface RunOptions {
  env?: Readonly<Record<string, string>>;
  input?: string | Uint8Array;
  allowFailure?: boolean;
  timeoutSeconds?: number;
  /** A proper root switch, or the plain chroot(2) of package builds and installers. Default: pivot. */
  enter?: 'pivot' | 'chroot';
}

interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  seconds: number;
}

/** A Debian system of one test: writable, offline, and invisible to the host. */
export interface TestRoot extends AsyncDisposable {
  /** The host's folder with all that was written; a layer for other roots once this one is left alone. */
  readonly upper: string;
  /** Runs one command after the other; nothing it starts or mounts outlives it. */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  read(path: string): Promise<string>;
  readBytes(path: string): Promise<Buffer>;
  write(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  exists(path: string): Promise<boolean>;
  list(path: string): Promise<string[]>;
  copyIn(hostPath: string, rootPath: string): Promise<void>;
  copyOut(rootPath: string, hostPath: string): Promise<void>;
  dispose(): Promise<void>;
}

const writeScript = 'mkdir -p -- "$(dirname -- "$1")" && cat >"$1" && { [ -z "$2" ] || chmod "$2" -- "$1"; }';
const copyInScript = 'mkdir -p -- "$(dirname -- "$1")" && cp -a -H -T /proc/self/fd/3 "$1"';

/** `above` are layers over those of the root, uppermost first. */
export async function openRoot(name: LayerName, above: readonly string[] = []): Promise<TestRoot> {
  const stack = await newStack([...above, ...(await cachedLayers(name))], 'memory');
  const queue = oneAtATime(); // an overlay's upper folder must not be mounted twice
  let disposed = false;
  const enter = async (argv: readonly string[], options?: ExecuteOptions & { enter?: EnterMode }) => {
    if (disposed) throw new Error(`this root ${name} is disposed`);
    return await queue(() => enterStack(stack, argv, options));
  };
  const readBytes = async (path: string) => (await enter(['cat', '--', path])).stdout;

  async function dispose(): Promise<void> {
    disposed = true;
    const left = await queue(() => processesUsing(stack.directory));
    await rm(stack.directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`processes left in ${name}: ${left.join(', ')}`);
  }

  return {
    upper: join(stack.directory, 'upper'),
    run: async (argv, options) => decoded(await enter(argv, options)),
    readBytes,
    read: async (path) => (await readBytes(path)).toString(),
    async write(path, content, mode) {
      const argv = ['sh', '-c', writeScript, 'write', path, mode?.toString(8) ?? ''];
      await enter(argv, { input: content });
    },
    async exists(path) {
      const argv = ['sh', '-c', '[ -e "$1" ] || [ -L "$1" ]', 'exists', path];
      return (await enter(argv, { allowFailure: true })).exitCode === 0;
    },
    async list(path) {
      const found = await enter(['find', path, '-mindepth', '1', '-maxdepth', '1', '-printf', '%f\\0']);
      return found.stdout.toString().split('\0').slice(0, -1).sort();
    },
    async copyIn(hostPath, rootPath) {
      await withDescriptor(hostPath, (descriptor) =>
        enter(['sh', '-c', copyInScript, 'copy-in', rootPath], { descriptor }),
      );
    },
    async copyOut(rootPath, hostPath) {
      await withDescriptor(dirname(hostPath), (descriptor) =>
        enter(['cp', '-a', '-T', '--', rootPath, `/proc/self/fd/3/${basename(hostPath)}`], { descriptor }),
      );
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

function decoded(outcome: { exitCode: number; stdout: Buffer; stderr: Buffer; seconds: number }): RunResult {
  const { exitCode, stdout, stderr, seconds } = outcome;
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString(), seconds };
}

function oneAtATime(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const next = last.then(action);
    last = next.catch(() => {});
    return next;
  };
}

/** An open descriptor crosses into the root, where the host's paths do not lead anywhere. */
async function withDescriptor<T>(path: string, action: (descriptor: number) => Promise<T>): Promise<T> {
  const handle = await open(path);
  try {
    return await action(handle.fd);
  } finally {
    await handle.close();
  }
}
