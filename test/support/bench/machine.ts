import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type Corpus, readCorpus } from '../corpus.ts';
import { readKernels } from '../kernels.ts';
import { openRoot, type TestRoot } from '../roots.ts';
import type { Cost } from './figures.ts';
import { type Timer, timerIn } from './timer.ts';

/** A Debian with whole kernels, real module sources, the distribution's dkms and our toolkit. */
export interface BenchMachine extends AsyncDisposable, Timer {
  readonly root: TestRoot;
  readonly corpus: Corpus;
  /** As `time`, and notes the memory of the engine. */
  timeEngine(script: string, ...parameters: readonly string[]): Promise<Cost>;
  /** The highest peak of an engine's own process so far, in MB. */
  engineMemory(): Promise<number>;
}

const probe = '/srv/engine-memory.cjs';

export async function openBenchMachine(): Promise<BenchMachine> {
  const root = await openRoot('trixie-sandbox');
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.copyIn(fileURLToPath(new URL('engine-memory.cjs', import.meta.url)), probe);
  const { debs } = await readKernels(root);
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb', debs['dkms']?.file ?? 'dkms']);
  const timer = timerIn(root);
  return {
    root,
    corpus: await readCorpus(root),
    ...timer,
    timeEngine: timerIn(root, { NODE_OPTIONS: `--require=${probe}` }).time,
    engineMemory: async () => {
      const peaks = (await timer.shell('cat /srv/engine-memory')).trim().split('\n').map(Number);
      return (Math.max(...peaks) * 1024) / 1e6;
    },
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}
