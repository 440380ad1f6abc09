import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { recordCall } from '../../../src/apply/queue.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { changedHeader, crashHeader } from './modules.ts';

export type PhaseName = keyof typeof phases;

/** A piece of work of the engine; when it is cut short, `kmodsmith run` brings it to its end. All of it runs inside the root. */
export interface Phase {
  /** The state that it starts from: three registered modules, or those built and installed for both kernels. */
  readonly from: 'registered' | 'installed';
  readonly prepare: (releases: Releases) => void | Promise<void>;
  readonly argv: (releases: Releases) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing but the command line says what is to be done: an engine that dies before it has read it has done nothing. */
  readonly isAsked?: true;
}

export type Releases = readonly [string, string];

const layout = layoutOf('/');

export const phases = {
  /** Both kernels and all modules have just arrived. */
  install: {
    from: 'registered',
    prepare: (releases) => recordCalls('header_postinst.d', 'configure', releases),
    argv: () => ['run'],
  },
  autoinstall: {
    from: 'registered',
    prepare: () => undefined,
    argv: ([first, second]) => ['autoinstall', '-k', first, '-k', second],
  },
  /** Headers of the same name are other ones now. */
  refresh: {
    from: 'installed',
    prepare: async (releases) => {
      changeHeaders();
      await recordCalls('header_postinst.d', 'configure 1', releases);
    },
    argv: () => ['run'],
  },
  kernelGoes: {
    from: 'installed',
    prepare: async ([, second]) => {
      await recordCalls('prerm.d', 'remove', [second]);
      removeKernel(second);
    },
    argv: () => ['run'],
  },
  /** Its hook calls the engine, and has recorded nothing. */
  kernelToldToGo: {
    from: 'installed',
    prepare: ([, second]) => removeKernel(second),
    argv: ([, second]) => ['hook', 'dpkg', 'prerm.d', second],
    env: { DEB_MAINT_PARAMS: 'remove' },
  },
  moduleGoes: {
    from: 'installed',
    prepare: () => undefined,
    argv: () => ['remove', 'birch/1.0'],
    isAsked: true,
  },
  /** The next run would build nothing by itself: an admin wanted it for these kernels, whatever AUTOINSTALL says. */
  installByHand: {
    from: 'installed',
    prepare: () => {
      withoutAutoinstall('birch');
      execFileSync('kmodsmith', ['discard', 'birch/1.0', '--all'], { stdio: 'ignore' });
    },
    argv: ([first, second]) => ['install', 'birch/1.0', '-k', first, '-k', second],
    isAsked: true,
  },
  match: {
    from: 'installed',
    prepare: ([, second]) => {
      withoutAutoinstall('birch');
      execFileSync('kmodsmith', ['discard', 'birch/1.0', '-k', second], { stdio: 'ignore' });
    },
    argv: ([first, second]) => ['match', '--template', first, '-k', second],
    isAsked: true,
  },
} as const satisfies Readonly<Record<string, Phase>>;

async function recordCalls(entry: string, words: string, releases: readonly string[]): Promise<void> {
  for (const release of releases) {
    const env = { DEB_MAINT_PARAMS: words };
    await recordCall(layout, { adapter: 'dpkg', entry, args: [release], env, at: 0 });
  }
}

function withoutAutoinstall(name: string): void {
  mkdirSync('/etc/dkms', { recursive: true });
  writeFileSync(`/etc/dkms/${name}.conf`, 'AUTOINSTALL=no\n');
}

function changeHeaders(): void {
  for (const name of readdirSync('/usr/src').filter((entry) => /-common(-rt)?$/.test(entry))) {
    const path = `/usr/src/${name}/${crashHeader}`;
    // Before the guard's end, which a header of the kernel has at its own.
    if (!readFileSync(path, 'utf8').includes('CRASH_LEVEL')) appendFileSync(path, changedHeader);
  }
}

/** What dpkg takes away with an image and its headers. */
function removeKernel(release: string): void {
  const folder = `/lib/modules/${release}`;
  for (const name of readdirSync(folder).filter((entry) => entry !== 'updates'))
    rmSync(`${folder}/${name}`, { recursive: true });
  for (const name of readdirSync('/boot').filter((entry) => entry.endsWith(release))) rmSync(`/boot/${name}`);
  rmSync(`/usr/src/linux-headers-${release}`, { recursive: true });
}
