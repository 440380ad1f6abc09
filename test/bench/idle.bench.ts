import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { alternate, compare, measured, runs } from '../support/bench/figures.ts';
import { type BenchMachine, openBenchMachine } from '../support/bench/machine.ts';
import { registerSmallModules } from '../support/bench/small-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

const minutes = 60_000;

test('a hook when no module is registered', async () => {
  await using machine = await openBenchMachine();
  const release = machine.corpus.kernels['6.12'];
  const calls = 200;
  const hook = `for call in $(seq ${calls}); do /etc/kernel/postinst.d/kmodsmith "$1"; done`;
  const costs = [];
  for (let run = 0; run < runs; run++) costs.push(await machine.time(hook, release));
  expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
  const milliseconds = costs.map(({ real }) => (real * 1000) / calls);
  measured('hook, no module registered', milliseconds, { atMost: 5, unit: 'ms' });
});

describe('20 modules, built and installed for three kernels', () => {
  const count = 20;
  let machine: BenchMachine;
  let releases: string[];

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    machine = await openBenchMachine();
    const { kernels } = machine.corpus;
    releases = [kernels['6.12'], kernels['6.12-rt'], kernels['6.12-cloud']];
    await registerSmallModules(machine, count);
    await machine.time('kmodsmith autoinstall $(printf " -k %s" "$@")', ...releases);
  }, 30 * minutes);
  afterAll(() => machine?.[Symbol.asyncDispose]());

  test('status', { timeout: 10 * minutes }, async () => {
    const asking = (program: string) => async () => {
      const cost = await machine.time(`${program} status`);
      const lines = (await machine.root.read('/srv/said')).split('\n');
      expect(lines.filter((line) => /^small.*installed/.test(line))).toHaveLength(count * releases.length);
      return cost;
    };
    const costs = await alternate(asking('dkms'), asking('kmodsmith'));
    compare({ what: 'status, 20 modules x 3 kernels', ...costs, goal: { atMost: 0.08, unit: 'x' } });
  });

  /** A run that has nothing to do leaves the tree as it is. */
  async function timeIdle(script: string, release: string) {
    const look = 'cd /var/lib/dkms && find . -path ./mok.key -prune -o -printf "%p %T@ %i %l\\n" | sort';
    const before = await machine.shell(look);
    const cost = await machine.time(script, release);
    expect(await machine.shell(look)).toBe(before);
    return cost;
  }

  test('autoinstall with nothing to do', { timeout: 10 * minutes }, async () => {
    const [release = ''] = releases;
    const asking = (program: string) => () => timeIdle(`${program} autoinstall -k "$1"`, release);
    const costs = await alternate(asking('dkms'), asking('kmodsmith'));
    compare({
      what: 'autoinstall with nothing to do, 20 modules',
      ...costs,
      goal: { atMost: 0.3, unit: 'x' },
    });
  });

  test('a hook with nothing to do', { timeout: 10 * minutes }, async () => {
    const [release = ''] = releases;
    const hook = `DEB_MAINT_PARAMS='configure 6.12.1-1' /etc/kernel/postinst.d/kmodsmith "$1"`;
    const costs = [];
    for (let run = 0; run < runs; run++) costs.push(await timeIdle(hook, release));
    expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
    const milliseconds = costs.map(({ cpu }) => cpu * 1000);
    measured('hook with nothing to do, 20 modules: cpu', milliseconds, { atMost: 150, unit: 'ms' });
  });
});
