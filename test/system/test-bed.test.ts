import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, type TestContext, test, vi } from 'vitest';
import { removeStaleScratch, scratchDirectory } from '../support/cache.ts';
import { withFileLock } from '../support/file-lock.ts';
import { CommandFailed } from '../support/process.ts';
import { processesRunning } from '../support/processes.ts';
import { requireOrSkip, requireTestBed } from '../support/require-or-skip.ts';
import { openRoot } from '../support/roots.ts';

let scratch: string;

beforeEach(requireTestBed);
beforeEach(async () => {
  scratch = await scratchDirectory('memory');
});
afterEach(async () => {
  await rm(scratch, { recursive: true, force: true });
});

const mounts = () => readFile('/proc/self/mounts', 'utf8');

/** An argument by which the host recognises a process of this test. */
const uniqueSeconds = () => `${80_000 + Math.random()}`;

test('two roots of one layer do not see each other, and a third is fresh', async () => {
  await using left = await openRoot('trixie');
  await using right = await openRoot('trixie');
  await left.write('/etc/left/deep', 'left');
  await left.run(['rm', '/etc/debian_version']);
  expect(await right.exists('/etc/left')).toBe(false);
  expect(await right.exists('/etc/debian_version')).toBe(true);
  expect(await left.read('/etc/left/deep')).toBe('left');
  await using third = await openRoot('trixie');
  expect(await third.exists('/etc/left')).toBe(false);
  expect(await third.read('/etc/debian_version')).toMatch(/^13/);
});

test('files go in and out whole', async () => {
  await using root = await openRoot('trixie');
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  await writeFile(join(scratch, 'bytes'), bytes);
  await root.copyIn(scratch, '/srv/new/folder');
  expect(await root.list('/srv/new/folder')).toEqual(['bytes']);
  expect(await root.readBytes('/srv/new/folder/bytes')).toEqual(bytes);
  await root.copyOut('/srv/new', join(scratch, 'out'));
  expect(await readFile(join(scratch, 'out/folder/bytes'))).toEqual(bytes);
  await root.write("/srv/it's $HOME", '#!/bin/sh\nexec cat\n', 0o755);
  const echoed = await root.run(["/srv/it's $HOME"], { input: 'through' });
  expect(echoed.stdout).toBe('through');
  expect(await root.exists('/srv/nothing')).toBe(false);
});

test('commands get a clean environment and what they are given', async () => {
  await using root = await openRoot('trixie');
  const { stdout } = await root.run(['env'], { env: { EXTRA: 'a b=c' } });
  expect(stdout.trim().split('\n').sort()).toEqual([
    'DEBIAN_FRONTEND=noninteractive',
    'EXTRA=a b=c',
    'HOME=/root',
    'LC_ALL=C.UTF-8',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ]);
});

test('a failing command says what it was and what it printed', async () => {
  await using root = await openRoot('trixie');
  const argv = ['sh', '-c', 'seq 100; echo oops >&2; exit 3'];
  const error = await root.run(argv).catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(CommandFailed);
  expect(error).toMatchObject({
    argv,
    exitCode: 3,
    message: expect.stringMatching(/^exit code 3: .*\n42\n/),
  });
  expect(error).toMatchObject({ message: expect.stringMatching(/100\noops$/) });
  expect(await root.run(argv, { allowFailure: true })).toMatchObject({ exitCode: 3, stderr: 'oops\n' });
});

test.for([
  { ending: 'success', script: 'sleep "$1" & true', fails: false },
  { ending: 'a failing command', script: 'sleep "$1" & false', fails: true },
  { ending: 'a killed command', script: 'sleep "$1" & kill -9 $$', fails: true },
  { ending: 'a timeout', script: 'sleep "$1"', fails: true },
  {
    ending: 'a daemon',
    script: 'setsid sh -c \'sleep "$0"\' "$1" >/dev/null 2>&1 & sleep 0.1',
    fails: false,
  },
  { ending: 'a mount', script: 'mount -t tmpfs none /srv && mount --bind /srv /mnt', fails: false },
])('nothing is left after $ending', async ({ script, fails }) => {
  const marker = uniqueSeconds();
  const before = await mounts();
  await using root = await openRoot('trixie');
  const running = root.run(['sh', '-c', script, 'script', marker], { timeoutSeconds: 2 });
  await (fails ? expect(running).rejects.toThrow(CommandFailed) : running);
  expect(await processesRunning(marker)).toEqual([]);
  expect(await mounts()).toBe(before);
  expect((await root.run(['cat', '/proc/mounts'])).stdout).not.toMatch(/ \/(srv|mnt) /);
});

test('nothing is left after the test process itself was killed', async () => {
  const marker = uniqueSeconds();
  const program = await bundledProgram(`
    import { openRoot } from './roots.ts';
    const root = await openRoot('trixie');
    await root.run(['sh', '-c', 'sleep "$1" & sleep "$1"', 'sh', process.argv[2]]);
  `);
  const child = spawn(process.execPath, [program, marker], { stdio: 'inherit' });
  await expect.poll(() => processesRunning(`sleep\0${marker}`), { timeout: 20_000 }).toHaveLength(2);
  child.kill('SIGKILL');
  await once(child, 'close');
  await expect.poll(() => processesRunning(marker), { timeout: 5_000 }).toEqual([]);
  const folders = async () =>
    (await readdir(dirname(scratch))).filter((name) => name.startsWith(`${child.pid}-`));
  expect(await folders()).toHaveLength(1);
  await removeStaleScratch();
  expect(await folders()).toEqual([]);
});

/** This node cannot run TypeScript by itself. */
async function bundledProgram(contents: string): Promise<string> {
  const outfile = join(scratch, 'program.mjs');
  const support = new URL('../support/', import.meta.url);
  await build({
    stdin: { contents, resolveDir: fileURLToPath(support), loader: 'ts' },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile },
    define: { 'import.meta.url': JSON.stringify(`${support}`) },
  });
  return outfile;
}

test('a lock is held by one at a time', async () => {
  const log: string[] = [];
  const hold = (name: string) =>
    withFileLock(join(scratch, 'lock'), async () => {
      log.push(`${name} begins`);
      await sleep(100);
      log.push(`${name} ends`);
    });
  await Promise.all([hold('one'), hold('two')]);
  expect(log.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
});

test('a root is offline, starts no services and cannot reach the host kernel', async () => {
  await using root = await openRoot('trixie');
  expect(await root.list('/sys/class/net')).toEqual(['lo']);
  expect((await root.run(['policy-rc.d'], { allowFailure: true })).exitCode).toBe(101);
  const bounding = /CapBnd:\s*(\S+)/.exec(await root.read('/proc/self/status'))?.[1];
  const loadModules = 1n << 16n;
  expect(BigInt(`0x${bounding}`) & loadModules).toBe(0n);
  const setting = await root.run(['sh', '-c', 'echo 1 >/proc/sys/kernel/panic'], { allowFailure: true });
  expect(setting.exitCode).not.toBe(0);
});

test('user namespaces work behind a root switch and are refused in a plain chroot', async () => {
  await using root = await openRoot('trixie');
  const argv = ['unshare', '--user', '--map-root-user', 'true'];
  expect((await root.run(argv)).exitCode).toBe(0);
  expect((await root.run(argv, { enter: 'chroot', allowFailure: true })).exitCode).not.toBe(0);
});

test('commands of one root run one after the other', async () => {
  await using root = await openRoot('trixie');
  const script = 'cat /srv/log 2>/dev/null; sleep 0.2; echo "$1" >>/srv/log';
  const [one, two] = await Promise.all(
    ['one', 'two'].map((name) => root.run(['sh', '-c', script, 'sh', name])),
  );
  expect(one?.stdout).toBe('');
  expect(two?.stdout).toBe('one\n');
});

test('a disposed root refuses to run', async () => {
  const root = await openRoot('trixie');
  await root.dispose();
  await root.dispose();
  await expect(root.run(['true'])).rejects.toThrow('disposed');
});

test('bookworm runs the node of this machine, and dpkg', async () => {
  await using root = await openRoot('bookworm');
  expect((await root.run(['node', '--version'])).stdout.trim()).toBe(process.version);
  expect((await root.run(['dpkg', '-s', 'kmod'])).stdout).toContain('Status: install ok installed');
  expect(await root.read('/etc/debian_version')).toMatch(/^12/);
});

test('what cannot run is skipped for a reason, and fails where CI is set', () => {
  const skip = vi.fn();
  const context = { task: { name: 'it' }, skip } as unknown as TestContext;
  try {
    vi.stubEnv('CI', 'true');
    requireOrSkip(context, undefined);
    expect(() => requireOrSkip(context, 'no moon')).toThrow('it: not run: no moon');
    expect(skip).not.toHaveBeenCalled();
    vi.stubEnv('CI', '');
    requireOrSkip(context, 'no moon');
    expect(skip).toHaveBeenCalledWith('no moon');
  } finally {
    vi.unstubAllEnvs();
  }
});
