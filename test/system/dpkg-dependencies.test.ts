import { beforeEach, expect, test } from 'vitest';
import { type DebianMachine, openMachine } from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import type { TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

interface ToyModule {
  name: string;
  version: string;
  /** What its dkms.conf says besides. */
  conf?: string;
  code: string;
}

async function addToy(root: TestRoot, { name, version, conf = '', code }: ToyModule): Promise<void> {
  const folder = `/usr/src/${name}-${version}`;
  const names = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=${version}\nBUILT_MODULE_NAME=${name}\n`;
  await root.write(`${folder}/dkms.conf`, `${names}DEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n${conf}`);
  await root.write(`${folder}/Makefile`, `obj-m := ${name}.o\n`);
  await root.write(`${folder}/${name}.c`, `#include <linux/module.h>\n${code}\nMODULE_LICENSE("GPL");\n`);
  await root.run(['kmodsmith', 'add', `${name}/${version}`]);
}

const base = (version: string, answer = '42'): ToyModule => ({
  ...{ name: 'base', version },
  code: `int base_answer(void);\nint base_answer(void) { return ${answer}; }\nEXPORT_SYMBOL_GPL(base_answer);`,
});

/** It sorts before what it depends on, and its conf looks for that by what is installed. */
const addon: ToyModule = {
  ...{ name: 'addon', version: '1.0' },
  conf: `BUILD_DEPENDS=base
BUILD_DEPENDS_REBUILD=yes
MAKE="make -C $kernel_source_dir M=$dkms_tree/addon/1.0/build \
KBUILD_EXTRA_SYMBOLS=$(echo $dkms_tree/base/kernel-$kernelver-$arch/module/Module.symvers)"\n`,
  code: `int base_answer(void);
static int __init begin(void) { return base_answer() == 42 ? 0 : -EINVAL; }
static void __exit end(void) {}
module_init(begin);
module_exit(end);`,
};

async function builtAgainst(root: TestRoot, { release }: TestKernel): Promise<unknown> {
  const text = await root.read(`/var/lib/dkms/addon/1.0/${release}/x86_64/provenance.json`);
  return (JSON.parse(text) as { dependencies: unknown }).dependencies;
}

async function openToys(): Promise<{ machine: DebianMachine; kernel: TestKernel; root: TestRoot }> {
  const machine = await openMachine('trixie-kernels-thin');
  const { root, module } = machine;
  await root.run(['kmodsmith', 'remove', `${module.name}/${module.version}`]);
  await addToy(root, addon);
  return { machine, kernel: machine.kernels[0] as TestKernel, root };
}

test('what a module depends on is built before it in one apt run, and its next version takes it along', async () => {
  const { machine, kernel, root } = await openToys();
  await using _machine = machine;
  await addToy(root, base('1.0'));
  await installHeaders(root, kernel);
  expect(await builtAgainst(root, kernel)).toEqual({ base: '1.0' });
  // What dkms looks for when it gets the tree back.
  const folder = `/var/lib/dkms/addon/1.0/${kernel.release}/x86_64`;
  expect(await root.read(`${folder}/.dep_base`)).toBe('1.0\n');
  const needed = await root.run(['modprobe', '--show-depends', '--set-version', kernel.release, 'addon']);
  expect(needed.stdout).toMatch(/\/updates\/dkms\/base\.ko\S* \n.*\/updates\/dkms\/addon\.ko/);
  expect((await root.run(['kmodsmith', 'plan'])).stdout).toMatch(/Nothing to do\.\n$/);

  await addToy(root, base('2.0'));
  const { stdout } = await root.run(['kmodsmith', 'plan', '--event', 'module:install:base/2.0']);
  expect(stdout).toContain(
    `addon 1.0 for ${kernel.release}: rebuild, dependency base changed since it was built`,
  );
  await root.run(['kmodsmith', 'run']);
  expect(await builtAgainst(root, kernel)).toEqual({ base: '2.0' });
  expect((await root.run(['kmodsmith', 'plan'])).stdout).toMatch(/Nothing to do\.\n$/);
});

test('a version that fails stops what depends on it, and one that goes leaves it where it is', async () => {
  const { machine, kernel, root } = await openToys();
  await using _machine = machine;
  await installHeaders(root, kernel);
  const status = async () =>
    (await root.run(['kmodsmith', 'status', 'addon', '--kernel', kernel.release])).stdout;
  expect(await status()).toContain('waiting for base (not registered here, another package may bring it)');
  await addToy(root, base('1.0'));
  await root.run(['kmodsmith', 'run']);
  expect(await builtAgainst(root, kernel)).toEqual({ base: '1.0' });

  await addToy(root, base('2.0', 'no_such_thing'));
  const failed = await root.run(['kmodsmith', 'run'], { allowFailure: true });
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout).toContain(
    `not reached: addon 1.0 for ${kernel.release} was not built, it needs base 2.0`,
  );
  expect(await status()).toBe(`addon 1.0, ${kernel.release}: installed (autoinstall)\n`);
  expect((await root.run(['kmodsmith', 'plan'])).stdout).toMatch(/Nothing to do\.\n$/);

  for (const version of ['1.0', '2.0']) await root.run(['kmodsmith', 'remove', `base/${version}`]);
  expect(await status()).toContain(
    'installed (autoinstall), although base is not installed, stale: dependency base removed since it was built',
  );
  const rebuild = ['kmodsmith', 'install', 'addon/1.0', '--kernel', kernel.release, '--rebuild'];
  const refused = await root.run(rebuild, { allowFailure: true });
  expect(refused.stderr).toContain(`addon 1.0 for ${kernel.release} cannot be built without base`);
  expect(refused.stderr).toContain('Install the package that brings base');
});
