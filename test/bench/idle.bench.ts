import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { alternate, type Cost, compare, measured, runs } from '../support/bench/figures.ts';
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

  /** Runs that have nothing to do leave the tree as it is. */
  async function timeIdle(times: number, script: string, ...parameters: string[]): Promise<Cost[]> {
    const look = 'cd /var/lib/dkms && find . -path ./mok.key -prune -o -printf "%p %T@ %i %l\\n" | sort';
    const before = await machine.shell(look);
    const costs = await machine.timeEach(times, script, ...parameters);
    expect(await machine.shell(look)).toBe(before);
    return costs;
  }

  /**
   * The first look since anything changed, dkms's own run included, is the engine's; what follows is answered by what that
   * look has left. It leaves nothing within two seconds of a change.
   */
  async function timeLooks(script: string, ...parameters: string[]): Promise<{ first: Cost; later: Cost[] }> {
    await setTimeout(2500);
    const [first, ...later] = await timeIdle(1 + runs, script, ...parameters);
    return { first: first as Cost, later };
  }

  test('status', { timeout: 10 * minutes }, async () => {
    const expectAll = async () => {
      const lines = (await machine.root.read('/srv/said')).split('\n');
      expect(lines.filter((line) => /^small.*installed/.test(line))).toHaveLength(count * releases.length);
    };
    const asking = (program: string) => async () => {
      const cost = await machine.time(`${program} status`);
      await expectAll();
      return cost;
    };
    const dropIn = asking('node /usr/lib/kmodsmith/dkms.js');
    const { theirs, ours } = await alternate(asking('dkms'), dropIn);
    const what = 'status, 20 modules x 3 kernels';
    compare({ what: `${what}: dkms status`, theirs, ours, goal: { atMost: 0.08, unit: 'x' } });
    // It tells what is stale as well, which dkms does not know.
    const { first, later } = await timeLooks('kmodsmith status');
    await expectAll();
    compare({ what: `${what}: kmodsmith status, the first look`, theirs, ours: [first] });
    compare({ what: `${what}: kmodsmith status`, theirs, ours: later, goal: { atMost: 0.08, unit: 'x' } });
  });

  test('autoinstall with nothing to do', { timeout: 10 * minutes }, async () => {
    const [release = ''] = releases;
    const theirs = await timeIdle(runs, 'dkms autoinstall -k "$1"', release);
    const { first, later } = await timeLooks('kmodsmith autoinstall -k "$1"', release);
    const what = 'autoinstall with nothing to do, 20 modules';
    compare({ what: `${what}: the first look`, theirs, ours: [first] });
    compare({ what, theirs, ours: later, goal: { atMost: 0.3, unit: 'x' } });
  });

  test('a hook with nothing to do', { timeout: 10 * minutes }, async () => {
    const [release = ''] = releases;
    const hook = `DEB_MAINT_PARAMS='configure 6.12.1-1' /etc/kernel/postinst.d/kmodsmith "$1"`;
    const { first, later } = await timeLooks(hook, release);
    expect(await machine.root.list('/var/lib/kmodsmith/queue')).toEqual([]);
    const what = 'hook with nothing to do, 20 modules: cpu';
    measured(`${what} of the first look`, [first.cpu * 1000], { unit: 'ms' });
    const milliseconds = later.map(({ cpu }) => cpu * 1000);
    measured(what, milliseconds, { atMost: 150, unit: 'ms' });
  });
});
