import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { survey } from '../../src/core/facts.ts';
import { layoutOf } from '../../src/core/layout.ts';
import { decide } from '../../src/policy/decide.ts';
import { defaultPolicies } from '../../src/policy/policies.ts';
import { everything } from '../../src/policy/scope.ts';
import { readerOf } from '../support/reader-of.ts';
import { makeScratchFolder } from '../support/scratch-folder.ts';
import { type WorldSketch, world } from '../support/world.ts';

const size = { modules: 200, kernels: 20 };
const releases = Array.from({ length: size.kernels }, (_, index) => `6.12.${index}-amd64`);
const labels = Array.from({ length: size.modules }, (_, index) => `module${index}/1.0`);

/** Milliseconds of each run. */
async function time(runs: number, work: () => unknown): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  const sorted = [...times].sort((a, b) => a - b);
  const shown = { first: times[0], fastest: sorted[0], median: sorted[Math.floor(runs / 2)] };
  return Object.entries(shown)
    .map(([name, ms]) => `${name} ${ms?.toFixed(1)} ms`)
    .join(', ');
}

test('deciding for 200 modules x 20 kernels', async () => {
  const sketch = (build: boolean): WorldSketch => ({
    kernels: Object.fromEntries(releases.map((release) => [release, {}])),
    modules: Object.fromEntries(labels.map((label) => [label, {}])),
    pairs: build
      ? Object.fromEntries(
          labels.flatMap((label) => releases.map((release) => [`${label} ${release}`, { build: {} }])),
        )
      : {},
  });
  for (const [what, build] of [
    ['everything is built', true],
    ['nothing is built', false],
  ] as const) {
    const facts = world(sketch(build));
    console.log(`decide, ${what}: ${await time(15, () => decide([], facts, defaultPolicies))}`);
  }
});

test('reading the facts of 200 modules x 20 kernels', async () => {
  const scratch = makeScratchFolder();
  const { path } = scratch;
  for (const release of releases) {
    scratch.write(`boot/vmlinuz-${release}`, '');
    scratch.folder(`lib/modules/${release}/kernel`);
    scratch.write(`usr/src/linux-headers-${release}/Makefile`, '');
    symlinkSync(`/usr/src/linux-headers-${release}`, join(path, `lib/modules/${release}/build`));
  }
  for (const label of labels) {
    const [name] = label.split('/');
    scratch.write(
      `usr/src/${name}-1.0/dkms.conf`,
      `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=${name}\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\nMAKE="make KVER=\${kernelver}"\n`,
    );
    mkdirSync(join(path, `var/lib/dkms/${name}/1.0`), { recursive: true });
    symlinkSync(`/usr/src/${name}-1.0`, join(path, `var/lib/dkms/${name}/1.0/source`));
  }
  writeFileSync(join(path, 'usr/src/README'), '');
  const layout = layoutOf(path);
  console.log(`facts: ${await time(3, () => survey(readerOf(layout), everything))}`);
});
