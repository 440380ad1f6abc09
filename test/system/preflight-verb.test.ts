import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingPrograms } from '../demo/programs.ts';
import { requireOrSkip } from '../support/require-or-skip.ts';
import { makeScratchFolder, type ScratchFolder } from '../support/scratch-folder.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { addToyKernels, missingTools, removeHeaders, toyReleases } from '../support/toy-kernels.ts';
import { makeToyHeaders, packDeb, packers } from '../support/toy-packages.ts';

const missing = await missingTools();
const bundle = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const [first, second] = toyReleases;
const coming = '6.3.0-demo';
// Each test starts the program many times, and compiles.
const patience = { timeout: 120_000 };

let root: ScratchRoot;
let scratch: ScratchFolder;
let temporary: string;
beforeEach(async (context) => {
  requireOrSkip(context, missing);
  root = makeScratchRoot();
  scratch = makeScratchFolder();
  temporary = scratch.folder('temporary');
  await addToyKernels(root);
  expect(root.kmodsmith('add', 'lantern/1.0')).toMatchObject({ status: 0, stderr: '' });
});
afterEach(() => root?.[Symbol.dispose]());

/** What is said about a kernel; the root is as it was then, and nothing is left of what was unpacked and built. */
function preflight(...argv: string[]) {
  const before = root.snapshot();
  const env = { PATH: process.env['PATH'], TMPDIR: temporary };
  const words = [bundle, 'preflight', ...argv, '--root', root.path];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  expect(root.snapshot()).toEqual(before);
  expect(readdirSync(temporary)).toEqual([]);
  return { status, stdout, stderr };
}

function report(...argv: string[]) {
  const { status, stdout } = preflight(...argv, '--json');
  return { status, document: JSON.parse(stdout) };
}

/** Whoever is not root may look around, the user of the sandbox too. */
function openToAll(): void {
  expect(spawnSync('chmod', ['-R', 'a+rX', root.path]).status).toBe(0);
}

const headersOf = (release: string) => join(root.path, 'usr/src', `linux-headers-${release}`);

function install(label: string, ...releases: string[]): void {
  const kernels = releases.flatMap((release) => ['-k', release]);
  expect(root.kmodsmith('install', label, ...kernels)).toMatchObject({ status: 0 });
}

/** Registers a module that is made like lantern/1.0. */
function addModule(name: string, conf = ''): void {
  const folder = join(root.path, 'usr/src/lantern-1.0');
  const own = readFileSync(join(folder, 'dkms.conf'), 'utf8').replaceAll('lantern', name);
  root.write(`usr/src/${name}-1.0/dkms.conf`, `${own}${conf}`);
  root.write(`usr/src/${name}-1.0/${name}.c`, readFileSync(join(folder, 'lantern.c'), 'utf8'));
  expect(root.kmodsmith('add', `${name}/1.0`)).toMatchObject({ status: 0, stderr: '' });
}

function appendToConf(text: string, name = 'lantern'): void {
  appendFileSync(join(root.path, `usr/src/${name}-1.0/dkms.conf`), text);
}

const policy = (text: string) => root.write('etc/kmodsmith/policy.d/50-test.toml', text);

describe('the headers of an installed kernel', patience, () => {
  it('tell what it would get, and changes nothing', () => {
    expect(preflight(first)).toEqual({
      status: 0,
      stdout: `lantern 1.0: would be built, the kernel has no build of it yet

Nothing that is in use would be missing from ${first}.
`,
      stderr: '',
    });
    const { document } = report(first);
    expect(document).toMatchObject({ version: 1, kernel: { release: first, headers: { state: 'ready' } } });
    expect(document.modules).toEqual([
      {
        module: { name: 'lantern', version: '1.0' },
        fate: 'build',
        because: { code: 'new-kernel' },
        installed: false,
        inUse: [],
      },
    ]);
  });

  it('say beforehand that what has to be signed cannot be', () => {
    policy('[module.lantern]\nsign = "require"\ncritical = true\n');
    const { status, document } = report(first, '--build');
    expect(document.modules).toMatchObject([
      { severity: 'failure', trial: { result: 'fails', code: 'SIGNING_IMPOSSIBLE' } },
    ]);
    expect(status).toBe(1);
  });

  it('may be asked about, and tried, by anybody', () => {
    openToAll();
    expect(root.kmodsmithAsNobody('preflight', first)).toMatchObject({ status: 0, stderr: '' });
    const { status, stdout } = root.kmodsmithAsNobody('preflight', first, '--build');
    expect(stdout).toContain('lantern 1.0: builds, ');
    expect(status).toBe(0);
  });

  it('that are not there are an error that names the package', () => {
    removeHeaders(root, first);
    for (const release of [first, coming]) {
      const { status, stderr } = preflight(release, '--build');
      expect(status).toBe(5);
      expect(stderr).toContain(`the headers of ${release} are not installed`);
      expect(stderr).toContain(`Install linux-headers-${release}, or give`);
    }
  });

  it('build, and the module is not there afterwards', () => {
    openToAll();
    const { status, stdout, stderr } = preflight(first, '--build');
    expect(stdout).toContain('lantern 1.0: builds, the kernel has no build of it yet\n');
    expect(stderr).toBe(`kmodsmith: building lantern 1.0 for ${first}\n`);
    expect(status).toBe(0);
  });

  it('say what is installed already', () => {
    install('lantern/1.0', first);
    const { stdout } = preflight(first, '--build');
    expect(stdout).toContain('lantern 1.0: up to date, nothing that went into it has changed\n');
    expect(report(first).document.modules).toMatchObject([{ fate: 'keep', installed: true, inUse: [first] }]);
  });
});

describe('a build tree', patience, () => {
  it('is taken where it is', async () => {
    const { tree } = await makeToyHeaders(scratch.path, coming);
    expect(preflight(coming, '--headers', tree).stdout).toContain('lantern 1.0: would be built');
    const { document } = report(coming, '--headers', tree, '--build');
    expect(document.modules).toMatchObject([{ fate: 'build', trial: { result: 'builds' } }]);
  });

  it('of another kernel is refused, and both are named', () => {
    const { status, stderr } = preflight(coming, '--headers', headersOf(second));
    expect(status).toBe(5);
    expect(stderr).toContain(`the headers of ${coming} cannot be used`);
    expect(stderr).toContain(`is for the kernel ${second}\n  Give the whole build tree of ${coming}`);
  });

  it('that is none says what is missing', () => {
    const { status, stderr } = preflight(coming, '--headers', temporary);
    expect(status).toBe(5);
    expect(stderr).toContain(`${temporary}/Makefile is missing`);
  });

  it('stands in for the one of an installed kernel', async () => {
    install('lantern/1.0', first);
    const same = await makeToyHeaders(scratch.path, first);
    expect(preflight(first, '--headers', same.tree).stdout).toContain('lantern 1.0: up to date');
    const other = await makeToyHeaders(scratch.path, first, (tree) =>
      appendFileSync(join(tree, 'include/linux/lantern.h'), '/* changed */\n'),
    );
    expect(preflight(first, '--headers', other.tree).stdout).toContain(
      `lantern 1.0: would be built, /usr/src/linux-headers-${first}/include/linux/lantern.h changed`,
    );
  });
});

describe('packages', patience, () => {
  it.for(['deb', 'rpm', 'arch'] as const)('of the kind %s bring a build tree', async (kind, context) => {
    const { programs, pack } = packers[kind];
    requireOrSkip(context, (await missingPrograms([...programs])).join(', '));
    const { whole } = await makeToyHeaders(scratch.path, coming);
    expect(preflight(coming, '--headers', pack(whole), '--build')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('lantern 1.0: builds, '),
    });
  });

  it('are put together when the headers are split, and lean on what is there', async () => {
    const { parts } = await makeToyHeaders(scratch.path, coming);
    const files = parts.map(packDeb).flatMap((file) => ['--headers', file]);
    expect(preflight(coming, ...files).stdout).toContain('lantern 1.0: would be built');
    expect(preflight(coming, ...files, '--build').stdout).toContain('lantern 1.0: builds, ');
    const fewer = files.slice(0, 4);
    const { status, stderr } = preflight(coming, ...fewer);
    expect(status).toBe(5);
    expect(stderr).toContain(`: /usr/src/linux-headers-${coming}/scripts/basic/fixdep is missing`);
    expect(stderr).toContain('Give all packages that the headers are split into');
    cpSync(parts[2] ?? '', root.path, { recursive: true });
    expect(preflight(coming, ...fewer, '--build').stdout).toContain('lantern 1.0: builds, ');
  });

  it('stand in for the headers of an installed kernel', async () => {
    install('lantern/1.0', first);
    const deb = async (edit?: (tree: string) => void) => [
      '--headers',
      packDeb((await makeToyHeaders(scratch.path, first, edit)).whole),
    ];
    expect(preflight(first, ...(await deb())).stdout).toContain('lantern 1.0: up to date');
    const other = await deb((tree) => writeFileSync(join(tree, 'Module.symvers'), ''));
    expect(preflight(first, ...other, '--build').stdout).toContain(
      'lantern 1.0: builds, kernel symbol _printk removed since it was built',
    );
  });

  it('for another kernel, or for none, are refused', async () => {
    const other = packDeb((await makeToyHeaders(scratch.path, '6.4.0-demo')).whole);
    const result = preflight(coming, '--headers', other);
    expect(result).toMatchObject({ status: 5 });
    expect(result.stderr).toContain(`${other} is for 6.4.0-demo, not for ${coming}`);
    scratch.write('none/usr/share/x', '');
    expect(preflight(coming, '--headers', packDeb(join(scratch.path, 'none')))).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('there is no build tree of a kernel in'),
    });
  });

  it.each([
    [['broken.deb'], 1, 'broken.deb cannot be unpacked: dpkg-deb: error: '],
    [['broken.rpm'], 1, 'broken.rpm cannot be unpacked: '],
    [['broken.pkg.tar.zst'], 1, 'broken.pkg.tar.zst cannot be unpacked: '],
    [['headers.zip'], 1, 'headers.zip is neither a build tree nor a package that is known'],
    [['missing.deb'], 1, 'there are no headers to read at '],
    [['temporary', 'broken.deb'], 2, 'a build tree and something else are given'],
  ])('%j are refused with status %i', async (names, status, why) => {
    for (const name of ['broken.deb', 'broken.rpm', 'broken.pkg.tar.zst', 'headers.zip'])
      scratch.write(name, 'not a package');
    const files = names.flatMap((name) => ['--headers', join(scratch.path, name)]);
    const result = preflight(coming, ...files);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(why);
  });
});

describe('a module that is in use and would be missing', patience, () => {
  beforeEach(() => {
    install('lantern/1.0', first, second);
    appendToConf('BUILD_EXCLUSIVE_KERNEL_MAX="6.2"\n');
  });
  const tree = async () => ['--headers', (await makeToyHeaders(scratch.path, coming)).tree];

  it('is a warning', async () => {
    const given = await tree();
    const { status, stdout } = preflight(coming, ...given);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^lantern 1\.0: not for this kernel, /);
    expect(stdout).toContain(
      `WARNING: lantern 1.0 is installed for ${second} and WOULD BE MISSING from ${coming}\n`,
    );
    expect(report(coming, ...given).document.modules).toMatchObject([
      { fate: 'absent', because: { code: 'excluded' }, inUse: [second], severity: 'warning' },
    ]);
  });

  it.each(['[module.lantern]\ncritical = true\n', 'failure = "fail"\n'])(
    'is critical with %j, and the status says so',
    async (text) => {
      policy(text);
      const given = await tree();
      const { status, stdout } = preflight(coming, ...given);
      expect(status).toBe(1);
      expect(stdout).toContain(`CRITICAL: lantern 1.0 is installed for ${second} and WOULD BE MISSING`);
      expect(report(coming, ...given)).toMatchObject({
        status: 1,
        document: { modules: [{ severity: 'failure' }] },
      });
    },
  );
});

describe('what does not build', patience, () => {
  const spoilt = async () => [
    '--headers',
    packDeb(
      (
        await makeToyHeaders(scratch.path, coming, (tree) =>
          writeFileSync(join(tree, 'include/linux/lantern.h'), '#error too new\n'),
        )
      ).whole,
    ),
  ];

  it('is shown with the first error, and the log is kept where it is wanted', async () => {
    install('lantern/1.0', second);
    const given = await spoilt();
    expect(preflight(coming, ...given)).toMatchObject({ status: 0 });
    const { status, stdout } = preflight(coming, ...given, '--build');
    expect(status).toBe(0);
    expect(stdout).toContain('lantern 1.0: fails, does not compile: make ended with status 2\n');
    expect(stdout).toContain(`linux-headers-${coming}/include/linux/lantern.h:1:2: error: #error too new\n`);
    expect(stdout).not.toContain(temporary);
    expect(stdout).toContain(`WARNING: lantern 1.0 is installed for ${second} and WOULD BE MISSING`);
    policy('[module.lantern]\ncritical = true\n');
    const logs = join(scratch.path, 'logs');
    const told = report(coming, ...given, '--build', '--logs', logs);
    const log = join(logs, `lantern-1.0-${coming}.log`);
    expect(told).toMatchObject({
      status: 1,
      document: {
        modules: [
          { fate: 'build', trial: { result: 'fails', code: 'BUILD_FAILED', log }, severity: 'failure' },
        ],
      },
    });
    expect(readFileSync(log, 'utf8')).toContain('#error too new');
  });

  it('is remembered, and tried again when building is asked for', () => {
    const header = join(headersOf(first), 'include/linux/lantern.h');
    const sound = readFileSync(header, 'utf8');
    writeFileSync(header, '#error broken\n');
    expect(root.kmodsmith('run', '--all')).toMatchObject({ status: 1 });
    const { status, stdout } = preflight(first);
    expect(status).toBe(0);
    expect(stdout).toContain('lantern 1.0: not tried again, nothing has changed since it failed: ');
    expect(stdout).toContain(`WARNING: lantern 1.0 is installed for ${second} and WOULD BE MISSING`);
    expect(preflight(first, '--build').stdout).toContain('lantern 1.0: fails, does not compile');
    writeFileSync(header, sound);
    expect(preflight(first, '--build').stdout).toContain('lantern 1.0: builds');
  });

  it('for want of the machine says nothing of the module', () => {
    appendToConf('MAKE="echo No space left on device; false"\n');
    const { status, stdout } = preflight(first, '--build');
    expect(status).toBe(0);
    expect(stdout).toContain('lantern 1.0: would be built, the kernel has no build of it yet; not tried, ');
  });

  it('may name a path that only an installed kernel has', async () => {
    appendToConf('MAKE="make -C /lib/modules/$kernelver/build M=$dkms_tree/lantern/1.0/build"\n');
    const { tree } = await makeToyHeaders(scratch.path, coming);
    const { status, stdout } = preflight(coming, '--headers', tree, '--build');
    expect(status).toBe(0);
    // Nothing can be put where the machine has no such folder at all.
    const place = `/lib/modules/${coming}/build`;
    const untried = `not tried, its build names ${place}, which is there only when the headers are installed`;
    expect(stdout).toContain(existsSync('/lib/modules') ? 'lantern 1.0: builds, ' : untried);
  });
});

describe('modules that are not wanted, or wait', patience, () => {
  it('are told apart', () => {
    addModule('loose', 'AUTOINSTALL=no\n');
    addModule('waits', 'BUILD_DEPENDS[0]=nobody\n');
    addModule('broken');
    appendToConf('DEST_MODULE_LOCATION[0]=/nowhere\n', 'broken');
    const { status, stdout } = preflight(first);
    expect(status).toBe(0);
    expect(stdout).toContain('loose 1.0: left alone, its dkms.conf does not say AUTOINSTALL=yes\n');
    expect(stdout).toContain('waits 1.0: waiting for nobody (not registered here');
    expect(stdout).toContain('broken 1.0: cannot be built, ');
    expect(stdout).toContain(`WARNING: waits 1.0 WOULD BE MISSING from ${first}\n`);
    expect(stdout).toContain(`WARNING: broken 1.0 WOULD BE MISSING from ${first}\n`);
    expect(stdout).not.toContain('WARNING: loose');
  });

  it('count as missed when the policy calls them critical', () => {
    addModule('loose', 'AUTOINSTALL=no\n');
    policy('[module.loose]\ncritical = true\n');
    const { status, stdout } = preflight(first);
    expect(status).toBe(1);
    expect(stdout).toContain(`CRITICAL: loose 1.0 WOULD BE MISSING from ${first}\n`);
  });
});

describe('a module that depends on another one', patience, () => {
  beforeEach(() => addModule('beacon', 'BUILD_DEPENDS[0]=lantern\n'));

  it('is not tried when that would have to be installed first', () => {
    expect(preflight(first).stdout).toContain('beacon 1.0: would be built');
    const { status, stdout } = preflight(first, '--build');
    expect(status).toBe(0);
    expect(stdout).toContain('lantern 1.0: builds, ');
    expect(stdout).toContain(
      'beacon 1.0: would be built, the kernel has no build of it yet; not tried, lantern would have',
    );
  });

  it('is tried when that is installed, and finds it in the tree', () => {
    install('lantern/1.0', first);
    appendToConf('PRE_BUILD="check.sh"\n', 'beacon');
    root.write(
      'usr/src/beacon-1.0/check.sh',
      '#!/bin/sh\nexec test -e ../../../lantern/1.0/$kernelver/$arch/module -a -e ../../../lantern/kernel-$kernelver-$arch\n',
    );
    chmodSync(join(root.path, 'usr/src/beacon-1.0/check.sh'), 0o755);
    expect(preflight(first, '--build').stdout).toContain('beacon 1.0: builds, ');
  });

  it('fails with it', () => {
    install('lantern/1.0', second);
    install('beacon/1.0', second);
    writeFileSync(join(headersOf(first), 'include/linux/lantern.h'), '#error broken\n');
    policy('[module.beacon]\ncritical = true\n');
    const { status, stdout } = preflight(first, '--build');
    expect(stdout).toContain('not tried, lantern does not build, and it depends on that\n');
    expect(stdout).toContain(`CRITICAL: beacon 1.0 is installed for ${second} and WOULD BE MISSING`);
    expect(status).toBe(1);
  });
});

it.each([
  [[], 'non-option'],
  [['../x'], "'../x' is not a kernel release"],
  [[first, '--headers'], 'headers'],
  [[first, '--logs', 'x'], '--logs is given without --build'],
])('%j is refused with status 2', (argv, why) => {
  const result = preflight(...argv);
  expect(result).toMatchObject({ status: 2, stdout: '' });
  expect(result.stderr).toContain(why);
});

it('runs no script that may do anything to the machine', patience, () => {
  appendToConf('POST_BUILD="after.sh"\n');
  root.write('usr/src/lantern-1.0/after.sh', `#!/bin/sh\ntouch ${root.path}/done\n`);
  chmodSync(join(root.path, 'usr/src/lantern-1.0/after.sh'), 0o755);
  expect(preflight(first, '--build').stdout).toContain('lantern 1.0: builds, ');
});

it('leaves nothing behind when it is told to stop', patience, async () => {
  const started = scratch.path;
  appendToConf(`MAKE="touch ${started}/started; while :; do date > busy; sleep 0.01; done"\n`);
  const before = root.snapshot();
  const env = { PATH: process.env['PATH'], TMPDIR: temporary };
  const words = [bundle, 'preflight', first, '--build', '--root', root.path];
  const child = spawn(process.execPath, words, { env, stdio: 'ignore' });
  while (!existsSync(join(started, 'started'))) await setTimeout(20);
  expect(readdirSync(temporary)).toHaveLength(1);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(root.snapshot()).toEqual(before);
});
