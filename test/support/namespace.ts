import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExecuteOptions, execute, type Outcome } from './process.ts';

/** How the command gets into the root; `stay` leaves it on the host, where the root is at root/. */
export type EnterMode = 'pivot' | 'chroot' | 'stay';

/** A writable folder over read-only layers, uppermost first. `directory` holds upper/, work/ and root/. */
export interface OverlayStack {
  directory: string;
  layers: readonly string[];
}

export interface EnterOptions extends ExecuteOptions {
  enter?: EnterMode;
  network?: boolean;
}

const script = fileURLToPath(new URL('enter-root.sh', import.meta.url));

const baseEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
  HOME: '/root',
};

// Modules, the clock and the power switch are the host's: a root's tools are refused them.
const bounded = ['setpriv', '--bounding-set', '-sys_module,-sys_boot,-sys_time,-sys_rawio', '--'];
const unshared = ['unshare', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];

/** Runs argv in namespaces of its own: every mount and process of it is gone when it returns. */
export async function enterStack(
  stack: OverlayStack,
  argv: readonly string[],
  options: EnterOptions = {},
): Promise<Outcome> {
  const mode = options.enter ?? 'pivot';
  await allowMount(stack);
  return await execute(
    [
      ...bounded,
      ...unshared,
      ...(options.network ? [] : ['--net']),
      ...['--propagation', 'private', '--'],
      ...['sh', script, mode, join(stack.directory, 'root'), overlayOptions(stack)],
      ...(mode === 'stay' ? ['env'] : []),
      ...assignments({ ...baseEnvironment, ...options.env }),
      ...argv,
    ],
    { ...options, shownAs: argv, env: { PATH: baseEnvironment.PATH, LC_ALL: 'C.UTF-8' } },
  );
}

/** As enterStack, for a root in which the one of another stack is the folder /srv/image. */
export async function enterBeside(
  image: OverlayStack,
  stack: OverlayStack,
  argv: readonly string[],
  options: ExecuteOptions = {},
): Promise<Outcome> {
  await allowMount(stack);
  const own = assignments({ ...baseEnvironment, ...options.env });
  const mounted = ['sh', script, 'pivot', join(stack.directory, 'root'), overlayOptions(stack)];
  const env = { KMODSMITH_BESIDE: join(image.directory, 'root') };
  return enterStack(image, [...mounted, ...own, ...argv], { ...options, env, enter: 'stay' });
}

/** A volatile overlay skips all syncing, and marks its work folder against a second mount after a crash. */
async function allowMount({ directory }: OverlayStack): Promise<void> {
  await rm(join(directory, 'work', 'work', 'incompat'), { recursive: true, force: true });
}

function assignments(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function overlayOptions({ directory, layers }: OverlayStack): string {
  const lower = layers.length > 0 ? layers : [join(directory, 'empty')];
  const folders = `lowerdir=${lower.join(':')},upperdir=${directory}/upper,workdir=${directory}/work`;
  // redirect_dir: renaming a folder of a lower layer works as on a plain filesystem.
  return `${folders},redirect_dir=on,metacopy=off,index=off,volatile`;
}
