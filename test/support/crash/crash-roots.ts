import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { scratchDirectory } from '../cache.ts';
import { installHeaders, readKernels } from '../kernels.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import { bundleScript } from '../script.ts';
import { crashModules, crashSources } from './modules.ts';
import type { Phase, Releases } from './phases.ts';
import type { Trial, TrialResult } from './trial.ts';

/** Two states that trials start from; each trial has a writable layer of its own over one of them. */
export interface CrashRoots extends AsyncDisposable {
  readonly releases: Releases;
  run(trial: Omit<Trial, 'releases'>): Promise<TrialResult>;
  /** A root for those who do something else there. */
  open(from: Phase['from']): Promise<TestRoot>;
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
    open,
    async run(trial) {
      const { phases } = await import('./phases.ts');
      await using root = await open(phases[trial.phase].from);
      return await runTrialIn(root, { ...trial, releases });
    },
    async [Symbol.asyncDispose]() {
      await installed.dispose();
      await registered.dispose();
    },
  };
}

async function runTrialIn(root: TestRoot, trial: Trial): Promise<TrialResult> {
  const { stdout } = await root.run(['node', '/srv/trial.mjs', JSON.stringify(trial)], {
    timeoutSeconds: 900,
  });
  return JSON.parse(stdout) as TrialResult;
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

/** Keeps what vermagic is compared with; an initramfs would be listed after every change. */
const pruneScript = `
  for folder in /lib/modules/*; do
    find "$folder/kernel" -type f ! -path '*/drivers/block/*' -delete
    depmod "\${folder##*/}"
  done
  rm -f /boot/initrd.img-*`;

async function copyPrograms(root: TestRoot): Promise<void> {
  const scratch = await scratchDirectory('memory');
  try {
    const trial = await bundleScript(join(scratch, 'trial.mjs'), {
      imports: { 'test/support/crash/trial.ts': '{ runTrial }' },
      code: 'process.stdout.write(JSON.stringify(await runTrial(JSON.parse(process.argv[2]))));',
    });
    const dying = await bundleScript(join(scratch, 'dying-engine.mjs'), {
      imports: { 'test/support/crash/dying-engine.ts': '{ dieAt }' },
      code: 'dieAt(process.env.CRASH_AT);',
    });
    await root.copyIn(trial, '/srv/trial.mjs');
    await root.copyIn(dying, '/srv/dying-engine.mjs');
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
