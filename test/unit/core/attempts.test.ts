import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type Attempt, listAttempts } from '../../../src/core/build/attempts.ts';
import { beginAttempt, forgetAttempts, keptAttempts } from '../../../src/core/build/begin-attempt.ts';
import { rememberFailure } from '../../../src/core/build/failures.ts';
import { deregisterModule, unbuildModule } from '../../../src/core/install/uninstall.ts';
import { logFolder } from '../../../src/core/layout.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { arch, makeMachine, release } from './machine.ts';

afterEach(() => vi.useRealTimers());

const noon = Date.UTC(2026, 10, 26, 12);

function open() {
  vi.useFakeTimers({ toFake: ['Date'], now: noon });
  const { layout, module } = makeMachine();
  const at = { module, release, arch };
  const folder = logFolder(layout, at);
  const attempt = async (error?: unknown) => {
    const begun = await beginAttempt(layout, at);
    writeFileSync(begun.log, 'said\n');
    await begun.end(error);
    return begun.log;
  };
  const list = () => listAttempts(layout, () => true);
  return { layout, module, at, folder, attempt, list };
}

const names = (attempts: readonly Attempt[]) => attempts.map(({ log }) => log.split('/').at(-1));

it('has a name that tells the time, unique within a millisecond and in order whatever the clock does', async () => {
  const { attempt, list } = open();
  await attempt();
  await attempt();
  vi.setSystemTime(noon - 3_600_000);
  await attempt();
  vi.setSystemTime(noon + 61_000);
  await attempt();
  const found = await list();
  expect(names(found)).toEqual([
    '20261126T120000.000Z.log',
    '20261126T120000.001Z.log',
    '20261126T120000.002Z.log',
    '20261126T120101.000Z.log',
  ]);
  expect(found.map(({ startedAt }) => startedAt - noon)).toEqual([0, 0, -3_600_000, 61_000]);
});

it('is listed with what became of it', async () => {
  const { at, attempt, list, layout } = open();
  await attempt();
  vi.setSystemTime(noon + 1000);
  await attempt(
    new KmodsmithError(
      'BUILD_FAILED',
      'foo does not compile\na.c:1: error: implicit declaration of function',
    ),
  );
  vi.setSystemTime(noon + 2000);
  const { log } = await beginAttempt(layout, at);
  writeFileSync(log, 'cut short\n');
  expect(await list()).toEqual([
    { ...at, startedAt: noon, finishedAt: noon, log: expect.stringMatching(/T120000\.000Z\.log$/) },
    {
      ...{ ...at, startedAt: noon + 1000, finishedAt: noon + 1000 },
      log: expect.stringMatching(/T120001\.000Z\.log$/),
      failure: {
        code: 'BUILD_FAILED',
        class: 'api',
        summary: 'foo does not compile\na.c:1: error: implicit declaration of function',
      },
    },
    { ...at, startedAt: noon + 2000, log },
  ]);
  expect(await listAttempts(layout, (one) => one.release === '6.1')).toEqual([]);
});

it('that failed before anything was said has its error as its log', async () => {
  const { layout, at, folder } = open();
  const { log, end } = await beginAttempt(layout, at);
  await end(new KmodsmithError('SOURCE_EMPTY', 'foo cannot be built'));
  expect(readFileSync(log, 'utf8')).toBe('foo cannot be built\n');
  expect(readdirSync(folder)).toHaveLength(2);
  expect(statSync(log).mode & 0o777).toBe(0o644);
});

it('that cannot be written down is no error, and counts as cut short', async () => {
  const { layout, at, folder, list } = open();
  const { end } = await beginAttempt(layout, at);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  await end(new Error('no'));
  expect(warned.mock.calls).toEqual([[expect.stringContaining('is not written down')]]);
  warned.mockRestore();
  expect(await list()).toEqual([]);
});

it('the last ones are kept, and one whose failure is still remembered', async () => {
  const { layout, at, attempt, list, folder } = open();
  const first = await attempt(new Error('first'));
  await rememberFailure(layout, at, { summary: 'first', log: first.split('/').at(-1) ?? '', inputs: 'x' });
  for (let index = 0; index < keptAttempts + 2; index += 1) {
    vi.advanceTimersByTime(1000);
    await attempt();
  }
  const found = await list();
  expect(found).toHaveLength(keptAttempts + 1);
  expect(found[0]?.log).toBe(first);
  expect(found.at(-1)?.startedAt).toBe(noon + (keptAttempts + 2) * 1000);
  expect(readdirSync(folder)).toHaveLength((keptAttempts + 1) * 2);
});

it.each<[name: string, text: string, so: object | undefined]>([
  ['20261126T120000.000Z.json', 'rubbish', {}],
  ['20261126T120000.000Z.json', '{"version":2}', {}],
  ['20261126T120000.000Z.json', '{"version":1,"startedAt":"x","finishedAt":1}', {}],
  ['20261126T120000.000Z.json', '{"version":1,"startedAt":1,"finishedAt":1,"failure":{}}', {}],
  [
    '20261126T120000.000Z.json',
    '{"version":1,"startedAt":1,"finishedAt":2,"failure":{"code":"X","class":"full-moon","summary":"s"}}',
    { startedAt: 1, finishedAt: 2, failure: { code: 'X', class: 'other', summary: 's' } },
  ],
  ['20269926T120000.000Z.log', '', undefined],
  ['note.log', '', undefined],
])('what %s says when it holds %j', async (name, text, so) => {
  const { layout, at, list, folder } = open();
  await beginAttempt(layout, at);
  writeFileSync(join(folder, name), text);
  expect(await list()).toMatchObject(so === undefined ? [] : [{ ...at, ...so }]);
});

it('is forgotten with the build, and with the module', async () => {
  const { layout, module, at, attempt, list } = open();
  const other = { ...at, release: '6.1' };
  await attempt();
  await (await beginAttempt(layout, other)).end(new Error('no'));
  await unbuildModule(layout, at);
  expect(await list()).toMatchObject([{ release: '6.1' }]);
  await deregisterModule(layout, module);
  expect(existsSync(join(layout.logs, 'foo'))).toBe(false);
  await forgetAttempts(layout, at);
});
