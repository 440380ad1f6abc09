import { beforeEach, inject, test } from 'vitest';
import { readKernels } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

/** Seconds of one run: as a clock shows them, and of the processors, ours and our children's. */
interface Cost {
  readonly real: number;
  readonly cpu: number;
}

const programs = { theirs: '/usr/sbin/dkms', ours: '/usr/local/sbin/our-dkms' };

/** Small modules that need no compiler, so that what is measured is dkms. */
async function openBench(modules: number): Promise<{ root: TestRoot; release: string }> {
  const root = await openRoot('trixie-dkms');
  const { kernels } = await readKernels(root);
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  const prepare = `
    dpkg-deb --fsys-tarfile /srv/kmodsmith.deb | tar -x -C / ./usr/lib/kmodsmith
    printf '#!/bin/sh\\nexec node /usr/lib/kmodsmith/dkms.js "$@"\\n' >${programs.ours}
    chmod 755 ${programs.ours}
    for i in $(seq "$1"); do
      mkdir -p /usr/src/m$i-1
      printf 'PACKAGE_NAME=m%s\\nPACKAGE_VERSION=1\\nDEST_MODULE_LOCATION=/updates\\nAUTOINSTALL=yes\\n' $i >/usr/src/m$i-1/dkms.conf
      printf 'STRIP=no\\nMAKE="cp /usr/src/m.ko m%s.ko"\\n' $i >>/usr/src/m$i-1/dkms.conf
      touch /usr/src/m$i-1/README
    done
    find /lib/modules/*/kernel -name '*.ko.xz' | head -1 | xargs xz -dc >/usr/src/m.ko`;
  await root.run(['sh', '-ec', prepare, 'prepare', String(modules)]);
  return { root, release: kernels[0]?.release ?? '' };
}

/** Runs a command some times and keeps the cheapest run. */
async function measure(root: TestRoot, command: string, { before = ':', runs = 5 } = {}): Promise<Cost> {
  const script = `TIMEFORMAT='%R %U %S'; for i in $(seq ${runs}); do { ${before}; } >/dev/null 2>&1; time ${command} >/dev/null 2>&1; done`;
  const { stderr } = await root.run(['bash', '-c', script]);
  const costs = stderr
    .split('\n')
    .map((line) => /^([\d.]+) ([\d.]+) ([\d.]+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, real, user, system]) => ({ real: Number(real), cpu: Number(user) + Number(system) }));
  return { real: Math.min(...costs.map(({ real }) => real)), cpu: Math.min(...costs.map(({ cpu }) => cpu)) };
}

function report(what: string, theirs: Cost, ours: Cost): void {
  const figures = (['real', 'cpu'] as const).map((kind) => {
    const ratio = (theirs[kind] / ours[kind]).toFixed(1);
    return `${kind} ${theirs[kind].toFixed(3)} s -> ${ours[kind].toFixed(3)} s (${ratio}x)`;
  });
  console.log(`${what}: ${figures.join(', ')}`);
}

test('status of an empty tree', async () => {
  const { root } = await openBench(0);
  await using _root = root;
  const [theirs, ours] = [`${programs.theirs} status`, `${programs.ours} status`];
  report('status, empty', await measure(root, theirs), await measure(root, ours));
});

test('ten modules: autoinstall, status, remove', async () => {
  const { root, release } = await openBench(10);
  await using _root = root;
  const all = '$(seq 10)';
  for (const step of ['add', 'autoinstall', 'status'] as const) {
    const costs: Cost[] = [];
    for (const program of [programs.theirs, programs.ours]) {
      const clean = `for i in ${all}; do ${programs.theirs} remove m$i/1 --all; done; rm -rf /var/lib/dkms/m*`;
      const add = `for i in ${all}; do ${programs.ours} add m$i/1; done`;
      const before = { add: clean, autoinstall: `${clean}; ${add}`, status: ':' }[step];
      const command = {
        add: `${program} add m1/1`,
        autoinstall: `${program} autoinstall -k ${release}`,
        status: `${program} status`,
      }[step];
      costs.push(await measure(root, command, { before, runs: step === 'status' ? 5 : 2 }));
    }
    const [theirs, ours] = costs;
    if (theirs !== undefined && ours !== undefined) report(`${step}, 10 modules`, theirs, ours);
  }
});
