import { beforeEach, test } from 'vitest';
import { benchModules, expectInstalled, resetTree } from '../support/bench/corpus-modules.ts';
import { type Cost, compare, measured, runs } from '../support/bench/figures.ts';
import { openBenchMachine } from '../support/bench/machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

const hours = 3 * 3_600_000;

test('cold autoinstall for one kernel and for two', { timeout: hours }, async () => {
  await using machine = await openBenchMachine();
  const modules = benchModules(machine);
  const first = machine.corpus.kernels['6.12'];
  const second = machine.corpus.kernels['6.12-rt'];
  const autoinstall = async (...releases: string[]) => {
    await resetTree(machine, modules);
    const cost = await machine.timeEngine('kmodsmith autoinstall $(printf " -k %s" "$@")', ...releases);
    await expectInstalled(machine, modules, releases);
    return cost;
  };
  // It takes a quarter of an hour: once, while ours runs as often as elsewhere.
  await resetTree(machine, modules);
  const before = await machine.time('dkms autoinstall -k "$1"', first);
  const after = await machine.time('dkms autoinstall -k "$1"', second);
  await expectInstalled(machine, modules, [first, second]);
  // dkms takes one kernel at a time, so that its two begin with its one.
  const theirs = {
    one: [before],
    two: [{ real: before.real + after.real, cpu: before.cpu + after.cpu }],
  };
  const ours: { one: Cost[]; two: Cost[] } = { one: [], two: [] };
  for (let run = 0; run < runs; run++) {
    ours.one.push(await autoinstall(first));
    ours.two.push(await autoinstall(first, second));
    // A bench that is stopped has said what it had found.
    const what = `cold autoinstall, ${modules.length} modules`;
    compare({
      what: `${what}, one kernel`,
      theirs: theirs.one,
      ours: ours.one,
      goal: { atMost: 0.4, unit: 'x' },
    });
    compare({
      what: `${what}, two kernels`,
      theirs: theirs.two,
      ours: ours.two,
      goal: { atMost: 0.36, unit: 'x' },
    });
    measured(`${what}: memory of the engine`, [await machine.engineMemory()], { atMost: 150, unit: 'MB' });
  }
});
