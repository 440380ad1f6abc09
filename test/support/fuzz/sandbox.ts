import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { bundleProgram } from '../bundle.ts';
import { execute } from '../process.ts';

const script = fileURLToPath(new URL('sandbox.sh', import.meta.url));

/** A folder in which a program of ours works on whatever it is given, unable to write anywhere else. */
export interface Sandbox {
  readonly path: string;
  /** Starts the program with the input as JSON on stdin; returns what it prints as JSON. */
  run<Result>(input: unknown, timeoutSeconds: number): Promise<Result>;
}

/** Makes a sandbox for a program of this folder; undefined when this host lets nobody make namespaces. */
export async function openSandbox(program: string): Promise<Sandbox | undefined> {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'kmodsmith-fuzz-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  // Programs that give up their rights are to get in, too.
  chmodSync(path, 0o755);
  const bundle = join(path, 'program.mjs');
  await bundleProgram(bundle, { entryPoints: [fileURLToPath(new URL(program, import.meta.url))] });
  mkdirSync(join(path, 'cwd'));
  const enter = async (argv: readonly string[], timeoutSeconds: number, input?: string) => {
    const users = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const unshared = ['unshare', ...users, '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const inside = ['sh', '-c', 'cd "$0" && exec "$@"', join(path, 'cwd'), ...argv];
    const options = { timeoutSeconds, ...(input !== undefined && { input }) };
    return execute([...unshared, '--propagation', 'private', '--', 'sh', script, path, ...inside], options);
  };
  const works = await enter(['true'], 30).then(
    () => true,
    () => false,
  );
  if (!works) return undefined;
  return {
    path,
    run: async (input, timeoutSeconds) => {
      const { stdout } = await enter([process.execPath, bundle], timeoutSeconds, JSON.stringify(input));
      return JSON.parse(stdout.toString());
    },
  };
}
