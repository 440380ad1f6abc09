import { beforeEach, expect, test } from 'vitest';
import type { HistoryEntry } from '../../src/policy/history.ts';
import { benchModules, expectInstalled, resetTree } from '../support/bench/corpus-modules.ts';
import { type Cost, measured, runs } from '../support/bench/figures.ts';
import { type BenchMachine, openBenchMachine } from '../support/bench/machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/**
 * What dpkg does for a new version of the same packages: every file is another one, with another time. A script that no build
 * has read has other content. No header has: where a script tried them, as with apfs, all of them count.
 */
const upgradeHeaders = `for folder in /usr/src/linux-headers-"$1" /usr/src/linux-headers-*-common /usr/lib/linux-kbuild-*; do
  cp -r --no-dereference --preserve=mode,links "$folder" "$folder.dpkg-new"
  rm -rf "$folder"
  mv "$folder.dpkg-new" "$folder"
done
for script in /usr/lib/linux-kbuild-*/scripts/checkstack.pl; do echo '# upgraded' >>"$script"; done`;

/** As the package's postinst calls it. */
const callHook = `DEB_MAINT_PARAMS='configure 6.12.1-1' /etc/kernel/header_postinst.d/kmodsmith "$1"`;

/** What the history says of the last run. */
async function lastRun({ root }: BenchMachine): Promise<HistoryEntry> {
  const lines = (await root.read('/var/lib/kmodsmith/history.jsonl')).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '');
}

test('headers upgraded by the same release, nothing relevant changed', { timeout: 3_600_000 }, async () => {
  await using machine = await openBenchMachine();
  const modules = benchModules(machine);
  const release = machine.corpus.kernels['6.12'];
  await resetTree(machine, modules);
  await machine.time('kmodsmith autoinstall -k "$1"', release);
  await expectInstalled(machine, modules, [release]);
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run++) {
    await machine.shell(upgradeHeaders, release);
    const before = await lastRun(machine);
    costs.push(await machine.timeEngine(callHook, release));
    const { at, events, deeds, skipped } = await lastRun(machine);
    expect(at).toBeGreaterThan(before.at);
    expect(events).toMatchObject([{ subject: 'headers', transition: 'upgrade', kernel: release }]);
    expect(deeds).toEqual([]);
    expect(skipped).toHaveLength(modules.length);
  }
  const what = `headers upgrade with nothing relevant changed, ${modules.length} modules`;
  const seconds = costs.map(({ real }) => real);
  measured(what, seconds, { atMost: 2, unit: 's' });
  measured(`${what}: memory of the engine`, [await machine.engineMemory()], { atMost: 150, unit: 'MB' });
});
