import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type DebianMachine, openMachine } from '../support/debian-machine.ts';
import { installHeaders, readKernels, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** As many in the wild, it goes by the paths that its author knows: of the running system and of dkms. */
const literal = {
  'dkms.conf': `PACKAGE_NAME=literal
PACKAGE_VERSION=1
BUILT_MODULE_NAME[0]=literal
DEST_MODULE_LOCATION[0]=/updates
AUTOINSTALL=yes
MAKE="make KVERSION=$kernelver -C /var/lib/dkms/literal/1/build"
`,
  Makefile: `obj-m += literal.o
all:
	make -C /lib/modules/$(KVERSION)/build M=/var/lib/dkms/literal/1/build modules
`,
  'literal.c': '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n',
};

/** Everything on the disk with when it last changed in any way; what the kernel and a run make up is left out. */
const list =
  "find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \\) -prune -o -printf '%p %y %m %s %C@ %l\\n' | sort";

/** The machine stays as it is once it is made: each test looks at it in another way. */
describe('a Debian whose next kernel is at hand', () => {
  let machine: DebianMachine;
  let present: TestKernel;
  let coming: TestKernel;
  let before: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    machine = await openMachine('trixie-kernels-thin');
    [present, coming] = machine.kernels as [TestKernel, TestKernel];
    const { root } = machine;
    await root.run(['apt-get', 'purge', coming.image, 'linux-image-rt-amd64']);
    for (const [name, content] of Object.entries(literal))
      await root.write(`/usr/src/literal-1/${name}`, content);
    await root.run(['kmodsmith', 'add', 'literal/1']);
    await installHeaders(root, present);
    before = await everything();
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());

  const everything = async () => (await machine.root.run(['sh', '-c', list])).stdout;

  /** Who asks may be nobody in particular. */
  async function preflight(kernel: TestKernel, options: readonly string[] = [], as: readonly string[] = []) {
    const { debs } = await readKernels(machine.root);
    const files = [kernel.headers, kernel.common].flatMap((name) => ['--headers', debs[name]?.file ?? name]);
    const argv = [...as, 'kmodsmith', 'preflight', kernel.release, ...files, ...options];
    return machine.root.run(argv, { allowFailure: true });
  }

  test('has what is compared with: both modules in use, the other kernel gone', async () => {
    const { stdout } = await machine.root.run(['kmodsmith', 'status']);
    expect(stdout).toContain(`literal 1, ${present.release}: installed`);
    expect(stdout).toContain(`${machine.module.version}, ${present.release}: installed`);
    expect(await machine.root.exists(`/lib/modules/${coming.release}`)).toBe(false);
  });

  test('shows what would be built, from the real packages', async () => {
    const { stdout, exitCode } = await preflight(coming);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('literal 1: would be built, the kernel has no build of it yet\n');
    expect(stdout).toContain(`v4l2loopback ${machine.module.version}: would be built, `);
    expect(stdout).toContain(`Nothing that is in use would be missing from ${coming.release}.\n`);
  });

  test('builds it, whatever paths the module goes by', async () => {
    const { stdout, stderr, exitCode } = await preflight(coming, ['--build']);
    expect(stdout).toContain('literal 1: builds, the kernel has no build of it yet\n');
    expect(stdout).toContain(`v4l2loopback ${machine.module.version}: builds, `);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(stderr).not.toContain('without a sandbox');
  });

  test('lets anybody try', async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const { stdout, exitCode } = await preflight(coming, ['--build', '--json'], nobody);
    expect(exitCode).toBe(0);
    const { kernel, modules } = JSON.parse(stdout);
    expect(kernel).toMatchObject({ release: coming.release, headers: { state: 'ready' } });
    expect(modules).toMatchObject(
      ['literal', 'v4l2loopback'].map((name) => ({
        ...{ module: { name }, fate: 'build', inUse: [present.release] },
        trial: { result: 'builds' },
      })),
    );
  });

  test('knows that the packages of the kernel that is there change nothing', async () => {
    const { stdout } = await preflight(present, ['--build']);
    expect(stdout).toContain('literal 1: up to date, nothing that went into it has changed\n');
    expect(stdout).toContain(`v4l2loopback ${machine.module.version}: up to date, `);
  });

  test('is as it was, and nothing is left behind', async () => {
    expect(await everything()).toBe(before);
    expect(await machine.root.list('/tmp')).toEqual([]);
  });
});
