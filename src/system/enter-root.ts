import { KmodsmithError } from '../errors.ts';
import mounter from './enter-root.sh';
import { type RunOptions, run, runChecked } from './exec.ts';
import { realPath } from './files.ts';
import { engineInside, enginePlace } from './inside.ts';

/**
 * Runs this engine once more, with a root as all that it and whatever it starts can see: the root's own compiler, shell and
 * settings, and nothing of the system that we are on. Of that come only the runtime and its libraries, as the root need not
 * have them. What it prints are paths as the root knows them.
 * @returns its exit status.
 * @throws KmodsmithError ROOT_CLOSED where we are not let into it, COMMAND_FAILED.
 */
export async function runInside(root: string, argv: readonly string[]): Promise<number> {
  const engine = await findEngine();
  const enter = (command: readonly string[], options: RunOptions = {}) =>
    run([...unshared, root, ...engine.files.flat(), '--', ...command], {
      ...options,
      env: { place: enginePlace, OPENSSL_CONF: '/dev/null' },
    });
  // What it ends with must not be taken for what the engine says.
  const tried = await enter(['sh', '-c', 'exit 0']);
  if (tried.exitCode !== 0) throw closed(root, tried.stderr);
  const { exitCode } = await enter([...engine.command, ...argv], { show: 'both', isEngine: true });
  return exitCode;
}

const unshared = [
  ...['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
  ...['sh', '-c', mounter, 'kmodsmith'],
];

/** What runs us: files of ours with their names inside, and the words of a command line there. */
interface Engine {
  readonly files: readonly (readonly [source: string, name: string])[];
  readonly command: readonly string[];
}

async function findEngine(): Promise<Engine> {
  const program = await realPath(process.argv[1] ?? '');
  const node = await realPath(process.execPath);
  const { libraries, loader } = parseLibraries((await runChecked(['ldd', node])).stdout);
  const own = [[node, 'node'] as const, [program, engineInside.slice(enginePlace.length + 1)] as const];
  const words = [`${enginePlace}/node`, ...process.execArgv, engineInside];
  if (loader === undefined) return { files: own, command: words };
  return {
    files: [...own, [loader, 'loader'], ...libraries.map(([name, path]) => [path, `lib/${name}`] as const)],
    command: [`${enginePlace}/loader`, '--library-path', `${enginePlace}/lib`, ...words],
  };
}

/**
 * The output of ldd(1): `NAME => PATH (ADDRESS)` for a library, `PATH (ADDRESS)` for the loader. A program that needs
 * neither has none.
 */
export function parseLibraries(output: string): {
  readonly libraries: readonly (readonly [name: string, path: string])[];
  readonly loader: string | undefined;
} {
  const libraries = [...output.matchAll(/^\s*([^\s/]+) => (\/\S+) \(/gm)].map(
    ([, name = '', path = '']) => [name, path] as const,
  );
  return { libraries, loader: /^\s*(\/\S+) \(/m.exec(output)?.[1] };
}

function closed(root: string, said: string): KmodsmithError {
  const why = said.trim().split('\n')[0] ?? '';
  return new KmodsmithError('ROOT_CLOSED', `${root} cannot be entered${why === '' ? '' : `: ${why}`}`, {
    hint: `What is done for ${root} is done inside of it, which takes root, mounts, and a root for this machine. Where there are no mounts, install kmodsmith there and start it by chroot(8).`,
  });
}
