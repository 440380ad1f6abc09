import { beforeEach, test } from 'vitest';
import { benchModules, expectInstalled, resetTree } from '../support/bench/corpus-modules.ts';
import { alternate, compare, measured } from '../support/bench/figures.ts';
import { openBenchMachine } from '../support/bench/machine.ts';
import type { CorpusKernel } from '../support/corpus.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

const hours = 3 * 3_600_000;
const memoryGoal = { atMost: 150, unit: 'MB' } as const;

test.each([
  { title: 'one kernel', labels: ['6.12'], goal: 0.4 },
  { title: 'two kernels', labels: ['6.12', '6.12-rt'], goal: 0.36 },
] as { title: string; labels: CorpusKernel[]; goal: number }[])(
  'cold autoinstall for $title',
  { timeout: hours },
  async ({ title, labels, goal }) => {
    await using machine = await openBenchMachine();
    const modules = benchModules(machine);
    const releases = labels.map((label) => machine.corpus.kernels[label]);
    const what = `cold autoinstall, ${modules.length} modules, ${title}`;
    // dkms takes one kernel at a time.
    const theirs = 'for release; do dkms autoinstall -k "$release"; done';
    const ours = 'kmodsmith autoinstall $(printf " -k %s" "$@")';
    const installing = (time: typeof machine.time, command: string) => async () => {
      await resetTree(machine, modules);
      const cost = await time(command, ...releases);
      await expectInstalled(machine, modules, releases);
      return cost;
    };
    const costs = await alternate(installing(machine.time, theirs), installing(machine.timeEngine, ours));
    compare({ what, ...costs, goal: { atMost: goal, unit: 'x' } });
    measured(`${what}: memory of the engine`, [await machine.engineMemory()], memoryGoal);
  },
);
