import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Addition, type Cost, compareAdded, runs } from '../support/bench/figures.ts';
import { type Timer, timerIn } from '../support/bench/timer.ts';
import { buildDebianPackages, offer } from '../support/debian-packages.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

const minutes = 60_000;
const sides = ['without', 'theirs', 'ours'] as const;
type Side = (typeof sides)[number];

/** What each side has installed, besides the same kernel and its headers. */
const packages: Readonly<Record<Side, readonly string[]>> = {
  without: [],
  theirs: ['dkms'],
  ours: ['kmodsmith-dkms'],
};

describe('no module registered', () => {
  const machines = new Map<Side, { root: TestRoot; timer: Timer }>();
  let kernel: TestKernel;
  let headers: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    const built = await buildDebianPackages();
    for (const side of sides) {
      const root = await openRoot('trixie-kernels');
      machines.set(side, { root, timer: timerIn(root) });
      const { kernels, debs } = await readKernels(root);
      kernel = kernels[0] as TestKernel;
      headers = debs[kernel.headers]?.file ?? kernel.headers;
      await installHeaders(root, kernel);
      await offer(root, built);
      if (packages[side].length > 0) await root.run(['apt-get', 'install', ...packages[side]]);
    }
  }, 30 * minutes);
  afterAll(async () => {
    for (const { root } of machines.values()) await root.dispose();
  });

  /** In turn, so that a machine that gets slower does so for all; the first run of each warms up and has no figure. */
  async function timeAll(script: string, ...parameters: readonly string[]): Promise<Omit<Addition, 'what'>> {
    const costs: Record<Side, Cost[]> = { without: [], theirs: [], ours: [] };
    for (let run = -1; run < runs; run++)
      for (const side of sides) {
        const cost = await (machines.get(side) as { timer: Timer }).timer.time(script, ...parameters);
        if (run >= 0) costs[side].push(cost);
      }
    for (const { timer } of machines.values())
      expect(await timer.shell('ls -A /var/lib/kmodsmith/queue 2>/dev/null || :')).toBe('');
    return costs;
  }

  test('apt reinstalls the headers of a kernel', { timeout: 30 * minutes }, async () => {
    const costs = await timeAll('apt-get install --reinstall "$1"', headers);
    compareAdded({ what: 'apt-get install --reinstall of headers', ...costs });
  });

  test('the headers of a kernel are configured anew', { timeout: 30 * minutes }, async () => {
    const times = 3;
    const script = `for call in $(seq ${times}); do dpkg-reconfigure "$1"; done`;
    compareAdded({ what: 'dpkg-reconfigure of headers', ...(await timeAll(script, kernel.headers)), times });
  });

  // Of what runs there the hooks alone: an image has others, too, that make an initramfs, in which all else would be lost.
  test.each([
    { folder: 'header_postinst.d', call: 'configure', image: [] },
    { folder: 'postinst.d', call: 'configure', image: ['image'] },
    { folder: 'prerm.d', call: 'remove', image: ['image'] },
  ])('the hooks of $folder', { timeout: 30 * minutes }, async ({ folder, call, image }) => {
    const times = 10;
    const script = `folder=$1; release=$2; export DEB_MAINT_PARAMS="$3"
for call in $(seq ${times}); do
  run-parts --regex='^(dkms|kmodsmith)$' --arg="$release" \${4:+--arg="/boot/vmlinuz-$release"} "/etc/kernel/$folder"
done`;
    const costs = await timeAll(script, folder, kernel.release, call, ...image);
    compareAdded({ what: `run-parts of our hooks in ${folder}`, ...costs, times });
  });
});
