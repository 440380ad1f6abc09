import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const conf =
  'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=toy\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n';
const release = '6.12.1-toy';

/** A module that is registered, and a kernel with whatever headers a test gives it. */
function registerToy(): void {
  root.write('usr/src/toy-1.0/dkms.conf', conf);
  expect(root.kmodsmith('add', 'toy/1.0')).toMatchObject({ status: 0, stderr: '' });
}

describe('the command line', () => {
  it.each([
    [['stats'], 'Did you mean status?'],
    [['frobnicate'], 'frobnicate'],
    [[], 'a command is missing'],
    [['status', '--jsn'], 'jsn'],
    [['plan', '--event'], 'event'],
    [['plan', '--event', 'headers:uprgade:6.1'], "'headers:uprgade:6.1' is not an event"],
    [['plan', '--event', 'headers:upgrade:../../etc'], "'../../etc' is not a kernel release"],
    [['install', 'toy', '-k', release], "'toy' is not a module"],
    [['install', '../x/1', '-k', release], 'is not a module'],
    [['install', 'toy/1.0', '-k', 'a b'], "'a b' is not a kernel release"],
    [['generate', 'apk', 'toolkit'], 'apk'],
    [['generate', 'dpkg'], 'non-option'],
    [['generate'], 'generate: a command is missing: '],
    [['generate', 'completion', 'tcsh'], 'tcsh'],
    [['generate', 'completion', 'bash', '--for', 'apt'], 'apt'],
    [['generate', 'man', 'dkms.9'], 'dkms.9'],
    [['run', 'everything'], 'everything'],
    [['autoinstall', '-k', '../x'], "'../x' is not a kernel release"],
    [['build', 'toy/1.0', '-k', ''], '--kernel is given without a value'],
    [['build', 'toy/1.0', '-k'], 'Not enough arguments following: k'],
    [['install', 'toy/1.0', '-k', release, '--kernel=../x'], "'../x' is not a kernel release"],
    [['uninstall', 'toy/1.0'], 'no kernel is given'],
    [['build', 'toy/1.0', '--all', '-k', release], '--all and --kernel exclude each other'],
    [['uninstall', 'toy/1.0', '--all', '-k', release], '--all and --kernel exclude each other'],
    [['discard', 'toy/1.0'], 'no kernel is given'],
    [['discard', 'toy', '--all'], "'toy' is not a module"],
    [['match', '-k', release], 'template'],
    [['match', '--template', release, '-k', release], 'cannot be its own template'],
    [
      ['match', '--template', release, '--template', release, '-k', 'x'],
      '--template is given more than once',
    ],
    [['match', '../toy', '--template', 'a', '-k', release], "'../toy' is not a module"],
    [['match', 'a b', '--template', 'a', '-k', release], 'is not the name of a module'],
    [['export', 'toy'], "'toy' is not a module"],
    [['import'], 'non-option'],
    [['status', '--root', '/tmp'], '--root is given more than once'],
  ])('%j is refused with status 2, naming what is wrong', (argv, expected) => {
    const result = root.kmodsmith(...argv);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain(expected);
    expect(root.snapshot()).toEqual({});
  });

  it.each([
    [[], 'the adapter and the entry are missing'],
    [['apk', 'postinst.d', release], 'unknown-adapter: "apk"'],
    [['dpkg', 'midinst.d', release], 'unknown-entry: "midinst.d"'],
  ])('hook %j is refused with status 2', (argv, expected) => {
    const result = root.hook({}, ...argv);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain(expected);
  });

  it('never takes a version for a number', () => {
    registerToy();
    expect(root.kmodsmith('status', 'toy/1.0').stdout).toContain('toy 1.0: registered');
    expect(root.kmodsmith('status', 'toy/1').stdout).toBe('toy/1 is not registered.\n');
  });
});

describe('a policy with a mistake', () => {
  const file = 'etc/kmodsmith/policy.d/10-site.toml';

  it.each([
    ['an unknown knob', '\nrefrsh = "never"\n', ':2: refrsh', 'refresh'],
    ['an unknown value', 'refresh = "allways"\n', ':1: refresh', 'always'],
    ['a wrong type', 'refresh = true\n', ':1: refresh', 'refresh'],
    ['a knob of modules', 'critical = true\n', ':1: critical', 'for one module only'],
    ['no TOML', 'refresh = \n', ':1', 'policy'],
  ])('%s stops commands, naming file, line and nearest key', (_what, text, place, hint) => {
    root.write(file, text);
    const before = root.snapshot();
    const result = root.kmodsmith('plan');
    expect(result).toMatchObject({ status: 3, stdout: '' });
    expect(result.stderr).toContain(`${root.path}/${file}${place}`);
    expect(result.stderr).toContain(hint);
    expect(root.snapshot()).toEqual(before);
  });
});

describe('a dkms.conf', () => {
  const folder = 'srv/toy';
  const add = () => root.kmodsmith('add', join(root.path, folder));

  it.each([
    ['without PACKAGE_NAME', conf.replace(/^PACKAGE_NAME.*$/m, ''), 'there is no PACKAGE_NAME'],
    [
      'with every mistake at once',
      'PACKAGE_NAME=x\nBUILT_MODULE_NAME=x.ko\nAUTOINSTALL=maybe\n',
      'PACKAGE_VERSION',
    ],
    ['with a name that climbs', conf.replace('NAME=toy', 'NAME=../../etc'), "PACKAGE_NAME='../../etc'"],
    ['with a syntax error at once', `if true; then\n${conf}`, 'dkms.conf, line 7'],
    ['that exits', `exit 0\n${conf}`, 'calls exit'],
  ])('%s is refused, and nothing is registered', (_what, text, expected) => {
    root.write(`${folder}/dkms.conf`, text);
    const before = root.snapshot();
    const result = add();
    expect(result).toMatchObject({ status: 4, stdout: '' });
    expect(result.stderr).toContain(expected);
    expect(result.stderr).toContain(`${folder}/dkms.conf`);
    expect(root.snapshot()).toEqual(before);
  });

  it('that ends in a syntax error counts up to there, with a warning', () => {
    root.write(`${folder}/dkms.conf`, `${conf}if true; then\n`);
    expect(add()).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/dkms\.conf, line \d+: syntax error/),
    });
  });

  it('names all mistakes at once', () => {
    root.write(`${folder}/dkms.conf`, 'PACKAGE_NAME=x\nBUILT_MODULE_NAME=x.ko\nAUTOINSTALL=maybe\n');
    const { stderr } = add();
    for (const name of ['PACKAGE_VERSION', 'BUILT_MODULE_NAME[0]', 'DEST_MODULE_LOCATION[0]']) {
      expect(stderr).toContain(name);
    }
  });

  it('that is not there, is a directory, or whose folder is not there, is refused', () => {
    mkdirSync(join(root.path, folder), { recursive: true });
    expect(add()).toMatchObject({ status: 4, stderr: expect.stringContaining('dkms.conf is not there') });
    mkdirSync(join(root.path, folder, 'dkms.conf'));
    expect(add()).toMatchObject({ status: 4, stderr: expect.stringContaining('dkms.conf is a directory') });
    const missing = root.kmodsmith('add', join(root.path, 'nowhere'));
    expect(missing).toMatchObject({ status: 4, stderr: expect.stringContaining('is not a folder') });
  });

  it('that may not be read is refused, and what was registered stays', () => {
    registerToy();
    mkdirSync(join(root.path, 'lib/modules', release), { recursive: true });
    const file = join(root.path, 'usr/src/toy-1.0/dkms.conf');
    chmodSync(file, 0);
    chmodSync(root.path, 0o755);
    // Root may read everything: the command is run as somebody else then.
    const result = root.kmodsmithAsNobody('status');
    expect(result).toMatchObject({ status: 0 });
    expect(result.stdout).toContain('toy 1.0: problem');
    expect(result.stdout).toContain('dkms.conf cannot be read: permission denied');
  });

  it('that breaks later is a problem of that module only', () => {
    registerToy();
    root.write('usr/src/fine-2/dkms.conf', conf.replace('=toy', '=fine').replace('=1.0', '=2'));
    root.kmodsmith('add', 'fine/2');
    root.write('usr/src/toy-1.0/dkms.conf', `if\n${conf}`);
    root.write(`boot/vmlinuz-${release}`, '');
    mkdirSync(join(root.path, 'lib/modules', release), { recursive: true });
    const { status, stdout } = root.kmodsmith('status');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^toy 1\.0: problem, .*there is no PACKAGE_NAME/m);
    expect(stdout).toMatch(/^fine 2, .*: waiting for the kernel's headers/m);
    const install = root.kmodsmith('install', 'toy/1.0', '-k', release);
    expect(install).toMatchObject({ status: 4, stderr: expect.stringContaining('PACKAGE_NAME') });
  });
});

describe('a kernel', () => {
  beforeEach(() => {
    registerToy();
    root.write(`boot/vmlinuz-${release}`, '');
    mkdirSync(join(root.path, 'lib/modules', release), { recursive: true });
  });
  const install = (kernel: string) => root.kmodsmith('install', 'toy/1.0', '-k', kernel);

  it.each([
    ['install', 'toy/1.0', '-k', '6.99.0-none'],
    ['build', 'toy/1.0', '-k', '6.99.0-none'],
    ['uninstall', 'toy/1.0', '-k', '6.99.0-none'],
    ['discard', 'toy/1.0', '-k', '6.99.0-none'],
    ['match', '--template', '6.99.0-none', '-k', release],
    ['autoinstall', '-k', '6.99.0-none'],
  ])('that does not exist is refused by %s, naming those that do', (...argv) => {
    const before = root.snapshot();
    const result = root.kmodsmith(...argv);
    expect(result).toMatchObject({ status: 5, stdout: '' });
    expect(result.stderr).toContain('there is no kernel 6.99.0-none');
    expect(result.stderr).toContain(release);
    expect(root.snapshot()).toEqual(before);
  });

  it('without headers, with dangling headers, or with half of them, says so and names the piece', () => {
    expect(install(release)).toMatchObject({
      status: 5,
      stderr: expect.stringContaining('headers of 6.12.1-toy are not'),
    });
    root.link('/usr/src/headers', `lib/modules/${release}/build`);
    expect(install(release).stderr).toContain('usr/src/headers is not there');
    root.write('usr/src/headers/Makefile', '');
    const half = install(release);
    expect(half.status).toBe(5);
    expect(half.stderr).toContain('usr/src/headers/Module.symvers is missing');
    expect(root.kmodsmith('status').stdout).toContain('waiting for usable headers');
    expect(root.kmodsmith('plan').stdout).toContain('Module.symvers is missing');
  });

  it('that no module is registered for, an unknown module, and an unknown version are refused', () => {
    expect(root.kmodsmith('install', 'toy/2.0', '-k', release)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('toy 2.0 is not registered'),
    });
    for (const argv of [
      ['remove', 'toy/2.0'],
      ['build', 'toy/2.0', '-k', release],
      ['uninstall', 'toy/2.0', '-k', release],
      ['discard', 'toy/2.0', '--all'],
      ['export', 'toy/2.0'],
    ]) {
      const result = root.kmodsmith(...argv);
      expect([argv, result]).toMatchObject([argv, { status: 4, stdout: '' }]);
      expect(result.stderr).toMatch(/toy[/ ]2\.0 is not registered/);
    }
  });
});
