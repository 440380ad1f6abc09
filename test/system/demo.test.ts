import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { execute } from '../support/process.ts';
import { requireOrSkip } from '../support/require-or-skip.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const programs = [
  new URL('../../src/cli.ts', import.meta.url),
  new URL('../demo/demo.ts', import.meta.url),
].map((url) => fileURLToPath(url));
// Not nobody, who builds in the sandboxes of other tests meanwhile.
const somebody = '65533';
let folder: string;

/** A build of its own, where an unprivileged user can read it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kmodsmith-demo-test-'));
  await chmod(folder, 0o755);
  for (const entry of programs) {
    const bundle = ['npm', '--prefix', repository, 'run', '-s', 'bundle', '--'];
    await execute([...bundle, entry, `--outdir=${folder}/dist`]);
  }
  await writeFile(join(folder, 'dist/package.json'), '{"type":"module"}');
  await mkdir(join(folder, 'tmp'));
  await mkdir(join(folder, 'home'));
  if (process.getuid?.() === 0) await execute(['chown', somebody, `${folder}/tmp`, `${folder}/home`]);
}, 120_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the demo as this user, with its own home and temporary folder. */
async function runDemo(context: TestContext, options: readonly string[], wrapper: readonly string[] = []) {
  requireOrSkip(context, process.getuid?.() === 0 ? undefined : 'becoming another user needs root');
  const unprivileged = ['setpriv', `--reuid=${somebody}`, `--regid=${somebody}`, '--clear-groups'];
  const program = [...wrapper, process.execPath, join(folder, 'dist/demo.js'), ...options];
  const env = { PATH: process.env['PATH'] ?? '', HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp') };
  return await execute([...unprivileged, ...program], { env, allowFailure: true });
}

const checks = (module: string) => [
  expect.stringMatching(/^ {2}\+ \S+ waits for the headers/),
  expect.stringContaining(`${module}.ko is there, with the vermagic of`),
  expect.stringContaining(`${module}.ko was not touched`),
  expect.stringContaining(`${module}.ko is new, with the vermagic of`),
  expect.stringContaining(`${module}.ko is new, with the vermagic of`),
  expect.stringContaining(`no ${module}.ko and no build is left`),
];

function checkOutput({ exitCode, log }: { exitCode: number; log: string }, module: string): void {
  const lines = log.split('\n');
  expect(
    lines.filter((line) => line.startsWith('  + ')),
    log,
  ).toEqual(checks(module));
  expect(log).toMatch(/All 6 steps ended as announced/);
  expect(log).not.toContain('\u001b');
  expect(exitCode).toBe(0);
}

/** Files of this user's outside of the test's own folder that are newer than it. */
async function strayFiles(): Promise<string> {
  const places = ['/boot', '/dev/shm', '/etc', '/home', '/opt', '/root', '/srv', '/tmp', '/usr', '/var'];
  const conditions = ['-user', somebody, '-newercc', join(folder, 'dist/package.json'), '-print'];
  const found = await execute(['find', ...places, '-path', folder, '-prune', '-o', ...conditions], {
    allowFailure: true,
  });
  return found.stdout.toString();
}

test('the demo plays with its built-in kernel', async (context) => {
  const outcome = await runDemo(context, ['--built-in']);
  checkOutput(outcome, 'lantern');
  expect(outcome.log).toContain('Using the small kernel tree and module that come with this demo.');
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  expect(await readdir(join(folder, 'home'))).toEqual([]);
  expect(await strayFiles()).toBe('');
});

test('the demo plays with real headers, downloaded and then from its cache', async (context) => {
  const cold = await runDemo(context, []);
  requireOrSkip(context, /^Real headers cannot be used here.*$/m.exec(cold.log)?.[0]);
  checkOutput(cold, 'v4l2loopback');
  expect(cold.log).toMatch(/rebuild,\s+\S+\/include\/linux\/videodev2\.h changed since/);
  expect(await readdir(join(folder, 'home'))).toEqual(['.cache']);
  expect(await readdir(join(folder, 'home/.cache/kmodsmith'))).toEqual(['demo']);
  expect(await strayFiles()).toBe('');
  const cached = await runDemo(context, ['--keep']);
  checkOutput(cached, 'v4l2loopback');
  expect(await readdir(join(folder, 'tmp'))).toHaveLength(1);
  await execute([
    'rm',
    '-rf',
    ...(await readdir(join(folder, 'tmp'))).map((name) => join(folder, 'tmp', name)),
  ]);
});

test('a demo that is stopped leaves nothing behind', async (context) => {
  const interrupt = ['timeout', '--foreground', '--preserve-status', '--signal=INT', '1'];
  const outcome = await runDemo(context, ['--built-in'], interrupt);
  expect(outcome.log).toContain('The demo stops: stopped by SIGINT');
  expect(outcome.exitCode).toBe(130);
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
});
