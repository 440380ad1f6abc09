import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { installHeaders, readKernels } from '../kernels.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import { bundleScript } from '../script.ts';
import type { CrowdOptions, CrowdResult } from './crowd.ts';
import { crashModules, crashSources } from './modules.ts';
import type { Phase, Releases } from './phases.ts';
import type { Trial, TrialResult } from './trial.ts';

/** Two states that trials start from; each trial has a writable layer of its own over one of them. */
export interface CrashRoots extends AsyncDisposable {
  readonly releases: Releases;
  run(trial: Omit<Trial, 'releases'>): Promise<TrialResult>;
  /** Eight engines, in a root of their own with registered modules. */
  crowd(options: Omit<CrowdOptions, 'releases'>): Promise<CrowdResult>;
}

const recipe = 'trixie-kernels';

/** Debian with two real kernels, of whose modules there are a few, for depmod to be quick. */
export async function openCrashRoots(): Promise<CrashRoots> {
  const registered = await openRoot(recipe);
  const releases = await prepare(registered);
  const installed = await openRoot(recipe, [registered.upper]);
  await installed.run(['kmodsmith', 'run', '--all'], { timeoutSeconds: 300 });
  const layers = { registered: [registered.upper], installed: [installed.upper, registered.upper] };
  const open = (from: Phase['from']) => openRoot(recipe, layers[from]);
  return {
    releases,
    async crowd(options) {
      await using root = await open('registered');
      return await start<CrowdResult>(root, 'crowd', { ...options, releases });
    },
    async run(trial) {
      const { phases } = await import('./phases.ts');
      await using root = await open(phases[trial.phase].from);
      return await start<TrialResult>(root, 'trial', { ...trial, releases });
    },
    async [Symbol.asyncDispose]() {
      await installed.dispose();
      await registered.dispose();
    },
  };
}

/** Runs one of the programs that `copyPrograms` has put there. */
async function start<Result>(root: TestRoot, program: 'trial' | 'crowd', options: unknown): Promise<Result> {
  const argv = ['node', `/srv/${program}.mjs`, JSON.stringify(options)];
  return JSON.parse((await root.run(argv, { timeoutSeconds: 1800 })).stdout);
}

async function prepare(root: TestRoot): Promise<Releases> {
  const { kernels } = await readKernels(root);
  const [first, second] = kernels;
  if (first === undefined || second === undefined) throw new Error(`${recipe} has fewer than two kernels`);
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
  for (const kernel of [first, second]) await installHeaders(root, kernel);
  await root.run(['sh', '-c', pruneScript]);
  for (const [path, content] of Object.entries(crashSources())) await root.write(`/usr/src/${path}`, content);
  for (const name of crashModules) await root.run(['kmodsmith', 'add', `${name}/1.0`]);
  await copyPrograms(root);
  return [first.release, second.release];
}

/**
 * Keeps what vermagic is compared with, so that an index is smaller than what a removal frees: on a full disk there is no
 * room for more. An initramfs would be listed after every change.
 */
const pruneScript = `
  for folder in /lib/modules/*; do
    find "$folder/kernel" -type f ! -path '*/drivers/block/*' -delete
    depmod "\${folder##*/}"
  done
  rm -f /boot/initrd.img-*`;

async function copyPrograms(root: TestRoot): Promise<void> {
  const scratch = await scratchDirectory('memory');
  try {
    for (const [name, run] of Object.entries({ trial: 'runTrial', crowd: 'runCrowd' })) {
      const path = await bundleScript(join(scratch, `${name}.mjs`), {
        imports: { [`test/support/crash/${name}.ts`]: `{ ${run} }` },
        code: `process.stdout.write(JSON.stringify(await ${run}(JSON.parse(process.argv[2]))));`,
      });
      await root.copyIn(path, `/srv/${name}.mjs`);
    }
    const dying = await bundleScript(join(scratch, 'dying-engine.mjs'), {
      imports: { 'test/support/crash/dying-engine.ts': '{ dieAt }' },
      code: 'dieAt(process.env.CRASH_AT);',
    });
    await root.copyIn(dying, '/srv/dying-engine.mjs');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
