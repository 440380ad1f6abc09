import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dpkgAdapter } from '../../../src/adapters/dpkg/index.ts';
import { decodeHookCall } from '../../../src/adapters/hook-call.ts';
import type { HookPaths } from '../../../src/adapters/types.ts';
import { policyFailureStatus } from '../../../src/errors.ts';

const kernel = '6.12.107+deb13-amd64';
const image = `/boot/vmlinuz-${kernel}`;
let folder: string;
let paths: HookPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kmodsmith hook's $(x) "));
  chmodSync(folder, 0o755);
  paths = {
    tree: join(folder, 'dkms'),
    state: join(folder, 'state'),
    engine: join(folder, 'engine'),
    programs: join(folder, 'programs'),
    sources: join(folder, 'src'),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

const queue = () => join(paths.state, 'queue');
const queued = () => (existsSync(queue()) ? readdirSync(queue()) : []);
const engineSaw = () => readFileSync(join(folder, 'seen'), 'utf8').split('\0').slice(0, -1);

/** Writes a rendered file below the folder and returns where. */
function writeHook(path: string): string {
  const file = dpkgAdapter
    .renderHooks({ kind: 'toolkit', paths })
    .find((candidate) => candidate.path === path);
  if (file === undefined) throw new Error(`${path} is not rendered`);
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, file.content);
  chmodSync(target, file.mode);
  return target;
}

interface Run {
  entry?: string;
  args?: string[];
  env?: Record<string, string>;
  /** What the shell runs, `$0` being the hook. */
  script?: string;
}

function runHook({ entry = 'postinst.d', args = [kernel, image], env = {}, script }: Run = {}) {
  const hook = writeHook(`etc/kernel/${entry}/kmodsmith`);
  const argv = script === undefined ? [hook, ...args] : ['-c', script, hook, ...args];
  return spawnSync('/bin/sh', argv, { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' });
}

function registerModule(source = '/usr/src/toy-1.0'): void {
  mkdirSync(join(paths.tree, 'toy/1.0'), { recursive: true });
  symlinkSync(source, join(paths.tree, 'toy/1.0/source'));
}

/** An engine that notes how it was called. */
function installEngine(status: number): void {
  const seen = join(folder, 'seen').replaceAll("'", "'\\''");
  const script = `#!/bin/sh\nprintf '%s\\000' "$KMODSMITH_CALL" "$@" >'${seen}'\nexit ${status}\n`;
  writeFileSync(paths.engine, script, { mode: 0o755 });
}

function readCall(name: string) {
  return decodeHookCall(readFileSync(join(queue(), name)), 7);
}

describe('without a module', () => {
  it.each([
    ['no tree', () => {}],
    ['an empty tree', () => mkdirSync(paths.tree)],
    ['a folder called source', () => mkdirSync(join(paths.tree, 'toy/1.0/source'), { recursive: true })],
    ['a file of dkms itself', () => [mkdirSync(paths.tree), writeFileSync(join(paths.tree, 'mok.key'), '')]],
  ])('%s: nothing is recorded and no engine runs', (_what, prepare) => {
    installEngine(3);
    prepare();
    expect(runHook()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(existsSync(paths.state)).toBe(false);
    expect(existsSync(join(folder, 'seen'))).toBe(false);
  });

  it('starts no process', () => {
    const hook = writeHook('etc/kernel/postinst.d/kmodsmith');
    const trace = ['prlimit', '--nproc=1', '--', '/bin/sh', hook, kernel, image];
    const unprivileged = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...trace];
    const [command = '', ...argv] = process.getuid?.() === 0 ? unprivileged : trace; // root is above the limit
    const run = () => spawnSync(command, argv, { encoding: 'utf8' });
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    registerModule();
    expect(run().stderr).toMatch(/fork/i); // the limit does bite
  });
});

describe('the plugin of kernel-install', () => {
  beforeEach(() => {
    registerModule();
    installEngine(0);
  });
  const plugin = (env: Record<string, string>, ...args: string[]) =>
    spawnSync('/bin/sh', [writeHook('usr/lib/kernel/install.d/40-kmodsmith.install'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      encoding: 'utf8',
    });
  const silent = { status: 0, stdout: '', stderr: '' };

  it.each(['add', 'remove'])('tells of a boot entry: %s', (verb) => {
    expect(plugin({}, verb, kernel, '/efi/entry', image)).toMatchObject(silent);
    expect(engineSaw().slice(1)).toEqual([
      ...['hook', 'dpkg', 'kernel-install'],
      ...[verb, kernel, '/efi/entry', image],
    ]);
    expect(queued()).toHaveLength(1);
  });

  it.each([
    ['a verb to come', {}, ['polish', kernel]],
    ['no verb', {}, []],
    ['what the engine itself has caused', { KMODSMITH_LOCK: '/var/lock/x' }, ['add', kernel]],
  ] as const)('passes over %s', (_what, env, args) => {
    expect(plugin(env, ...args)).toMatchObject(silent);
    expect(queued()).toEqual([]);
    expect(existsSync(join(folder, 'seen'))).toBe(false);
  });
});

describe('with a module', () => {
  beforeEach(() => registerModule());

  it.each(['postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d'])(
    '%s records its call and hands it over',
    (entry) => {
      installEngine(0);
      const env = { DEB_MAINT_PARAMS: 'configure ', DPKG_MAINTSCRIPT_PACKAGE: 'linux-image', HOME: '/' };
      expect(runHook({ entry, env })).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const [name = '', ...others] = queued();
      expect(others).toEqual([]);
      expect(name).toMatch(/^call\.[A-Za-z0-9]{6}$/);
      const { HOME: _, ...recorded } = env;
      expect(readCall(name)).toEqual({ adapter: 'dpkg', entry, args: [kernel, image], env: recorded, at: 7 });
      expect(engineSaw()).toEqual([join(queue(), name), 'hook', 'dpkg', entry, kernel, image]);
    },
  );

  it('records what is set, be it empty, and odd bytes as they are', () => {
    const args = ['', 'a b', "it's\n", '-n', '\\000%s', '$(x)'];
    const env = { DEB_MAINT_PARAMS: '', DEBCONF_RECONFIGURE: '1\n2' };
    runHook({ args, env });
    expect(queued().map(readCall)).toEqual([{ adapter: 'dpkg', entry: 'postinst.d', args, env, at: 7 }]);
  });

  it('records a call without arguments and variables', () => {
    runHook({ args: [] });
    expect(queued().map(readCall)).toEqual([
      { adapter: 'dpkg', entry: 'postinst.d', args: [], env: {}, at: 7 },
    ]);
  });

  it.each([0o000, 0o022, 0o777])(
    'lets everybody read the queue, and root write it, with umask %o',
    (umask) => {
      expect(runHook({ script: `umask ${umask.toString(8)}; . "$0"` })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(statSync(paths.state).mode & 0o777).toBe(0o755);
      expect(statSync(queue()).mode & 0o777).toBe(0o755);
      expect(queued().map((name) => statSync(join(queue(), name)).mode & 0o777)).toEqual([0o644]);
    },
  );

  it('keeps every call', () => {
    for (let count = 0; count < 5; count++) runHook();
    expect(queued()).toHaveLength(5);
  });

  it('does not need standard input, output or error', () => {
    installEngine(0);
    expect(runHook({ script: 'exec <&- >&- 2>&-; . "$0"' })).toMatchObject({ status: 0 });
    expect(queued()).toHaveLength(1);
    expect(engineSaw().slice(1, 4)).toEqual(['hook', 'dpkg', 'postinst.d']);
  });

  it('leaves quietly when there is no engine, with the call recorded', () => {
    expect(runHook()).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(queued()).toHaveLength(1);
  });

  it('fails the package when a module failed and the policy says so', () => {
    installEngine(policyFailureStatus);
    expect(runHook()).toMatchObject({ status: 1 });
  });

  it.each([1, 2, 70, 126, 127, 137])('takes any other status, %i, as trouble of its own', (status) => {
    installEngine(status);
    expect(runHook()).toMatchObject({ status: 0, stderr: expect.stringContaining('next run') });
    expect(queued()).toHaveLength(1);
  });

  it.each([
    ['a missing interpreter', () => writeFileSync(paths.engine, '#!/nowhere/node\n', { mode: 0o755 })],
    ['a folder in its place', () => mkdirSync(paths.engine)],
    ['no permission to run', () => writeFileSync(paths.engine, '', { mode: 0o644 })],
    ['a dangling link', () => symlinkSync('nowhere', paths.engine)],
  ])('does not fail the package for %s', (_what, prepare) => {
    prepare();
    expect(runHook()).toMatchObject({ status: 0 });
    expect(queued()).toHaveLength(1);
  });

  it.each([
    ['a file where the state is', () => writeFileSync(paths.state, '')],
    ['no mktemp', () => writeFileSync(join(folder, 'mktemp'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })],
    ['no mv', () => writeFileSync(join(folder, 'mv'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })],
  ])('runs the engine without a record: %s', (_what, prepare) => {
    installEngine(0);
    prepare();
    const result = runHook({ env: { PATH: `${folder}:${process.env['PATH']}` } });
    expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining('could not be recorded') });
    expect(engineSaw()).toEqual(['', 'hook', 'dpkg', 'postinst.d', kernel, image]);
    if (statSync(paths.state).isDirectory()) expect(queued()).toEqual([]);
  });

  it('does not queue what a full disk cut short', () => {
    installEngine(0);
    // The new file is a link to a device that is always full.
    const mktemp =
      '#!/bin/sh\nname=$(echo "$1" | sed s/XXXXXX/abcdef/)\nln -s /dev/full "$name"\necho "$name"\n';
    writeFileSync(join(folder, 'mktemp'), mktemp, { mode: 0o755 });
    const result = runHook({ env: { PATH: `${folder}:${process.env['PATH']}` } });
    expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining('could not be recorded') });
    expect(queued()).toEqual([]);
    expect(engineSaw()[0]).toBe('');
  });
});

describe('the maintainer scripts of the toolkit', () => {
  const run = (path: string, args: string[]) =>
    spawnSync('/bin/sh', [writeHook(path), ...args], { encoding: 'utf8' });

  it.each([
    ['configure', ''],
    ['configure', '0.1.0-1'],
    ['triggered', 'kmodsmith'],
    ['abort-upgrade', '0.2.0-1'],
    ['abort-remove'],
  ])('postinst hands %s to the engine', (...args) => {
    installEngine(0);
    expect(run('DEBIAN/postinst', args)).toMatchObject({ status: 0, stderr: '' });
    expect(engineSaw()).toEqual(['', 'hook', 'dpkg', 'toolkit', ...args]);
  });

  it.each([
    [0, 0],
    [policyFailureStatus, 1],
    [1, 0],
    [70, 0],
    [126, 0],
    [127, 0],
  ])('postinst turns the status %i of the engine into %i', (engine, status) => {
    installEngine(engine);
    expect(run('DEBIAN/postinst', ['configure', ''])).toMatchObject({ status });
  });

  it('prerm has what waits done before a removal, whatever comes of it, and does nothing else', () => {
    expect(run('DEBIAN/prerm', ['remove'])).toMatchObject({ status: 0, stderr: '' });
    installEngine(policyFailureStatus);
    for (const args of [
      ['upgrade', '2'],
      ['deconfigure', 'in-favour', 'x', '1'],
      ['failed-upgrade', '2'],
    ]) {
      expect(run('DEBIAN/prerm', args)).toMatchObject({ status: 0, stderr: '' });
    }
    expect(existsSync(join(folder, 'seen'))).toBe(false);
    expect(run('DEBIAN/prerm', ['remove'])).toMatchObject({ status: 0, stderr: '' });
    expect(engineSaw()).toEqual(['', 'hook', 'dpkg', 'toolkit', 'remove']);
  });

  it('postinst does without an engine, and with words it does not know', () => {
    expect(run('DEBIAN/postinst', ['configure', ''])).toMatchObject({ status: 0, stderr: '' });
    installEngine(3);
    expect(run('DEBIAN/postinst', ['unheard-of'])).toMatchObject({ status: 0, stderr: '' });
  });

  it('postrm purges what was recorded, and nothing before', () => {
    mkdirSync(queue(), { recursive: true });
    mkdirSync(join(paths.tree, 'toy/1.0'), { recursive: true });
    writeFileSync(join(queue(), 'call.abcdef'), '');
    writeFileSync(join(paths.state, 'history.jsonl'), '');
    expect(run('DEBIAN/postrm', ['remove'])).toMatchObject({ status: 0, stderr: '' });
    expect(queued()).toEqual(['call.abcdef']);
    for (const _ of ['once', 'again'])
      expect(run('DEBIAN/postrm', ['purge'])).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(paths.state)).toBe(false);
    expect(existsSync(join(paths.tree, 'toy/1.0'))).toBe(true);
  });
});
