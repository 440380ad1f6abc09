import { beforeEach, expect, test } from 'vitest';
import { encodeHookCall } from '../../src/adapters/hook-call.ts';
import type { Provenance } from '../../src/core/provenance/provenance.ts';
import { type DebianMachine, openMachine, upgradeHeaders } from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

const toyConf =
  'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=toy\nDEST_MODULE_LOCATION=/updates\n';
const toySource = '#include <linux/module.h>\n#include <linux/hashtable.h>\nMODULE_LICENSE("GPL");\n';

/** A small real module that includes linux/hashtable.h, and what its dkms.conf says besides. */
async function addToy({ root }: DebianMachine, conf = ''): Promise<void> {
  await root.write('/usr/src/toy-1.0/dkms.conf', toyConf + conf);
  await root.write('/usr/src/toy-1.0/Makefile', 'obj-m := toy.o\n');
  await root.write('/usr/src/toy-1.0/toy.c', toySource);
  await root.run(['kmodsmith', 'add', 'toy/1.0']);
}

async function toyBuild({ root }: DebianMachine, kernel: TestKernel) {
  const text = await root.read(`/var/lib/dkms/toy/1.0/${kernel.release}/x86_64/provenance.json`);
  return JSON.parse(text) as Provenance;
}

test('a module without AUTOINSTALL is built by hand only, and refreshed as the scope says', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  const { root } = machine;
  await addToy(machine);
  await installHeaders(root, kernel);
  expect((await root.run(['kmodsmith', 'status', 'toy'])).stdout).toBe('toy 1.0: registered\n');

  const call = { adapter: 'dpkg', entry: 'header_postinst.d', args: [kernel.release], env: {}, at: 0 };
  await root.write('/var/lib/kmodsmith/queue/call.waiting', encodeHookCall(call));
  await root.run(['kmodsmith', 'install', 'toy/1.0', '-k', kernel.release]);
  expect(await root.list('/var/lib/kmodsmith/queue')).toEqual(['call.waiting']);
  const first = await toyBuild(machine, kernel);
  expect(first.origin).toBe('manual');

  const header = 'include/linux/hashtable.h';
  await upgradeHeaders(machine, kernel, { version: `${kernel.version}+test1`, header });
  const second = await toyBuild(machine, kernel);
  expect(second.startedAt).toBeGreaterThan(first.startedAt);
  expect(second.origin).toBe('manual');

  await root.write('/etc/kmodsmith/policy.d/scope.toml', 'refresh-scope = "autoinstall"\n');
  const source = `/usr/src/${kernel.common}/${header}`;
  await root.write(source, `${await root.read(source)}\n/* and again */\n`);
  const { stdout } = await root.run(['kmodsmith', 'plan', '--event', `headers:upgrade:${kernel.release}`]);
  expect(stdout).toContain(`toy 1.0 for ${kernel.release}: kept, refresh-scope = "autoinstall"`);
  expect((await root.run(['kmodsmith', 'status', 'toy'])).stdout).toContain(`stale: ${source} changed`);
});

test('a module whose build leaves no trace of what it read counts all headers', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  const make = `MAKE="'make' -C $kernel_source_dir M=$dkms_tree/toy/1.0/build && find . -name '*.cmd' -delete"\n`;
  await addToy(machine, `AUTOINSTALL=yes\n${make}`);
  await installHeaders(machine.root, kernel);
  const before = await toyBuild(machine, kernel);
  expect(before.headers).toEqual([]);
  const common = `/usr/src/${kernel.common}/include`;
  expect(before.headerTrees?.map(({ path }) => path)).toContain(common);
  // Laid down anew with other times, as by a new version of their package, they are the same headers.
  await machine.root.run(['find', `/usr/src/${kernel.common}`, '-type', 'f', '-exec', 'touch', '{}', '+']);
  await machine.root.run(['kmodsmith', 'run', '--all']);
  expect((await toyBuild(machine, kernel)).startedAt).toBe(before.startedAt);
  await upgradeHeaders(machine, kernel, {
    version: `${kernel.version}+test1`,
    header: 'include/linux/zorro.h',
  });
  expect((await toyBuild(machine, kernel)).startedAt).toBeGreaterThan(before.startedAt);
});
