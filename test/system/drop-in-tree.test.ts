import { beforeEach, expect, inject, test } from 'vitest';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import type { ThinRootName } from '../support/recipes.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface TwoDkms extends AsyncDisposable {
  readonly root: TestRoot;
  readonly kernel: TestKernel;
  /** Paths of the two programs. */
  readonly theirs: string;
  readonly ours: string;
}

/** A system with the distribution's dkms and ours beside it, and the source of a small module in two versions. */
async function openTwoDkms(name: ThinRootName): Promise<TwoDkms> {
  const root = await openRoot(name);
  const { kernels, debs } = await readKernels(root);
  const kernel = kernels[0] as TestKernel;
  await installHeaders(root, kernel);
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  const unpack = `
    dpkg --install --force-depends "$1" >/dev/null
    dpkg-deb --fsys-tarfile /srv/kmodsmith.deb | tar -x -C / ./usr/lib/kmodsmith
    printf '#!/bin/sh\\nexec node /usr/lib/kmodsmith/dkms.js "$@"\\n' >/usr/local/sbin/our-dkms
    chmod 755 /usr/local/sbin/our-dkms`;
  await root.run(['sh', '-ec', unpack, 'unpack', debs['dkms']?.file ?? '']);
  for (const version of ['1.0', '2.0']) await writeSource(root, version);
  const programs = { theirs: '/usr/sbin/dkms', ours: '/usr/local/sbin/our-dkms' };
  return { root, kernel, ...programs, [Symbol.asyncDispose]: () => root.dispose() };
}

async function writeSource(root: TestRoot, version: string): Promise<void> {
  const folder = `/usr/src/small-${version}`;
  const code = `#include <linux/module.h>
    static int __init small_init(void) { return 0; }
    static void __exit small_exit(void) {}
    module_init(small_init); module_exit(small_exit);
    MODULE_LICENSE("GPL"); MODULE_VERSION("${version}");\n`;
  await root.write(`${folder}/small.c`, code);
  await root.write(`${folder}/Makefile`, 'obj-m := small.o\n');
  const conf = `PACKAGE_NAME=small\nPACKAGE_VERSION=${version}\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n`;
  await root.write(`${folder}/dkms.conf`, conf);
}

test.each<{ name: ThinRootName; first: 'theirs' | 'ours'; second: 'theirs' | 'ours' }>([
  { name: 'trixie-kernels-thin', first: 'theirs', second: 'ours' },
  { name: 'trixie-kernels-thin', first: 'ours', second: 'theirs' },
  { name: 'bookworm-kernels-thin', first: 'theirs', second: 'ours' },
  { name: 'bookworm-kernels-thin', first: 'ours', second: 'theirs' },
])('$name: what $first built, $second upgrades and removes', async ({ name, first, second }) => {
  await using machine = await openTwoDkms(name);
  const { root, kernel } = machine;
  const before = machine[first];
  const after = machine[second];
  const at = ['-k', kernel.release];
  const empty = await listing(root, kernel);

  await root.run([before, 'install', 'small/1.0', ...at]);
  const installed = `small/1.0, ${kernel.release}, x86_64: installed\n`;
  expect((await root.run([before, 'status'])).stdout).toBe(installed);
  expect((await root.run([after, 'status'])).stdout).toBe(installed);

  await root.run([after, 'install', 'small/2.0', ...at]);
  const upgraded = [
    `small/1.0, ${kernel.release}, x86_64: built\n`,
    `small/2.0, ${kernel.release}, x86_64: installed\n`,
  ];
  expect((await root.run([after, 'status'])).stdout).toBe(upgraded.join(''));
  expect((await root.run([before, 'status'])).stdout).toBe(upgraded.join(''));
  expect((await root.run(['modinfo', '-k', kernel.release, '-F', 'version', 'small'])).stdout).toBe('2.0\n');

  await root.run([after, 'remove', 'small/1.0', '--all']);
  await root.run([after, 'remove', 'small/2.0', '--all']);
  expect((await root.run([before, 'status'])).stdout).toBe('');
  expect(await listing(root, kernel)).toBe(empty);
});

/** Everything that a module could leave behind; the signing keys are the machine's. */
async function listing(root: TestRoot, { release }: TestKernel): Promise<string> {
  const command = `find /var/lib/dkms /lib/modules/${release}/ -not -name 'mok.*' -not -name 'modules.*' | sort`;
  return (await root.run(['sh', '-c', command])).stdout;
}
