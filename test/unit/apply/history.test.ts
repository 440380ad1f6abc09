import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { readHistory, recordRun } from '../../../src/apply/history.ts';
import type { FinishedRun } from '../../../src/apply/history-entry.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import type { SkipReason } from '../../../src/policy/reasons.ts';
import type { Action } from '../../../src/policy/types.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const module = { name: 'foo', version: '1.0' };
const kernel = { release: '6.1', arch: 'x86_64' };
const action: Action = { do: 'install', module, kernel, because: { code: 'asked' } };
const empty = { version: 1, actions: [], skipped: [] } as const;

/** A run at a time of which one step is done. */
function runAt(at: number): FinishedRun {
  return { at, events: [], plan: empty, outcomes: [{ action, state: 'done' }] };
}

function open() {
  const scratch = makeScratchFolder();
  const layout = layoutOf(scratch.path);
  const path = layout.history;
  const times = async () => (await readHistory(layout)).map(({ at }) => at);
  return { scratch, layout, path, earlier: path.replace('.jsonl', '.1.jsonl'), times };
}

/** What was said on stderr meanwhile. */
async function saying(work: () => Promise<void>): Promise<string> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await work();
    return write.mock.calls.flat().join('');
  } finally {
    write.mockRestore();
  }
}

it('is empty where nothing was recorded', async () => expect(await open().times()).toEqual([]));

it('has a line a run, the oldest first', async () => {
  const { layout, path, times } = open();
  for (const at of [1, 2, 3]) await recordRun(layout, runAt(at));
  expect(await times()).toEqual([1, 2, 3]);
  expect(readFileSync(path, 'utf8').match(/\n/g)).toHaveLength(3);
  expect(await readHistory(layout)).toContainEqual({
    ...{ version: 1, at: 1, events: [], skipped: [] },
    deeds: [{ module, kernel: '6.1', steps: ['install'], because: { code: 'asked' } }],
  });
});

it.each(['up-to-date', 'autoinstall-off', 'excluded'] as const)(
  'nothing is written of a run that only found %s',
  async (code) => {
    const { layout, path } = open();
    const because = { code, why: 'x' } as SkipReason;
    const plan = { ...empty, skipped: [{ module, kernel: '6.1', because }] };
    await recordRun(layout, { at: 1, events: [], plan, outcomes: [] });
    expect(existsSync(path)).toBe(false);
  },
);

describe('what is damaged is left out', () => {
  const line = (change: object = {}) =>
    JSON.stringify({ version: 1, at: 9, events: [], deeds: [], skipped: [], ...change });
  const skipped = (because: object) => [{ module, kernel: '6.1', because }];

  it.each([
    ['', 'an empty line'],
    ['{"version":1,"at":9,"eve', 'a line cut short'],
    ['\0\0\0\0', 'what a power cut leaves'],
    ['null', 'other JSON'],
    [line({ version: 2 }), 'a later version'],
    [line({ at: '9' }), 'a time that is none'],
    [line({ events: [{ subject: 'image', transition: 'explode', at: 1, kernel: '6.1' }] }), 'an event'],
    [line({ events: [{ subject: 'image', transition: 'remove', at: 1 }] }), 'an event about no kernel'],
    [line({ skipped: skipped({ code: 'full-moon' }) }), 'a reason that nobody knows'],
    [line({ skipped: skipped({ code: 'refresh-never', changes: 'x' }) }), 'a reason without its list'],
    [line({ skipped: skipped({ code: 'module-problem', why: 7 }) }), 'a reason without its text'],
    [line({ deeds: [{ module, kernel: '6.1', steps: 1, because: { code: 'asked' } }] }), 'a deed'],
    [line({ deeds: [{ module: 'foo', steps: [], because: { code: 'asked' } }] }), 'a module'],
    [line({ deeds: [{ steps: [], because: { code: 'asked' }, failed: {} }] }), 'a failure'],
    [
      line({
        deeds: [
          {
            ...{ steps: [], because: { code: 'asked' } },
            failed: { step: 'build', state: 'failed', code: 'X', message: 'x', class: 'full-moon' },
          },
        ],
      }),
      'a failure of a class that nobody knows',
    ],
  ])('%j: %s', async (damaged) => {
    const { layout, path, times } = open();
    await recordRun(layout, runAt(1));
    appendFileSync(path, `${damaged}\n`);
    await recordRun(layout, runAt(2));
    expect(await times()).toEqual([1, 2]);
  });

  it('a line without its end does not spoil the next one', async () => {
    const { layout, path, times } = open();
    await recordRun(layout, runAt(1));
    appendFileSync(path, '{"version":1,"at":9,');
    await recordRun(layout, runAt(2));
    await recordRun(layout, runAt(3));
    expect(await times()).toEqual([1, 2, 3]);
    expect(readFileSync(path, 'utf8')).not.toContain('\n\n');
  });
});

describe('its size', () => {
  const full = (at: number) => `${JSON.stringify({ version: 1, at, events: [], deeds: [], skipped: [] })}\n`;

  it('is bounded: what is full becomes the earlier file, and the one before that goes', async () => {
    const { layout, path, earlier, times, scratch } = open();
    scratch.write('var/lib/kmodsmith/history.1.jsonl', full(1));
    scratch.write('var/lib/kmodsmith/history.jsonl', `${full(2)}${' '.repeat(512 * 1024)}`);
    await recordRun(layout, runAt(3));
    expect(await times()).toEqual([2, 3]);
    expect(readFileSync(earlier, 'utf8')).toContain(full(2));
    expect(statSync(path).size).toBeLessThan(1000);
  });

  it('stays below the bound through many runs', async () => {
    const { layout, path, earlier, times } = open();
    const summary = 'x'.repeat(1900);
    const because = { code: 'failed-before', summary, log: '/l' } as const;
    const plan = {
      ...empty,
      skipped: Array.from({ length: 20 }, () => ({ module, kernel: '6.1', because })),
    };
    for (let at = 0; at < 40; at++) await recordRun(layout, { ...runAt(at), plan });
    for (const file of [path, earlier]) expect(statSync(file).size).toBeLessThanOrEqual(512 * 1024);
    const kept = await times();
    expect(kept.at(-1)).toBe(39);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 40 - kept.length + index));
  });
});

it('readers meanwhile see whole runs, each once, and none is lost between the files', async () => {
  const { layout, times } = open();
  const plan = {
    ...empty,
    skipped: Array.from({ length: 400 }, () => ({
      ...{ module, kernel: '6.1' },
      because: { code: 'module-problem', why: 'x'.repeat(200) } as const,
    })),
  };
  let isOver = false;
  const writer = (async () => {
    for (let at = 1; at <= 12; at++) await recordRun(layout, { ...runAt(at), plan });
    isOver = true;
  })();
  let newest = 0;
  while (!isOver) {
    await setImmediate();
    const seen = await times();
    const first = seen[0] ?? 0;
    expect(seen).toEqual(seen.map((_, index) => first + index));
    expect(seen.at(-1) ?? 0).toBeGreaterThanOrEqual(newest);
    newest = seen.at(-1) ?? 0;
  }
  await writer;
  expect((await times()).at(-1)).toBe(12);
});

describe('a history that cannot be written', () => {
  it('is a warning, as what is no file is', async () => {
    const { layout, path } = open();
    mkdirSync(join(path, 'x'), { recursive: true });
    const said = await saying(() => recordRun(layout, runAt(1)));
    expect(said).toMatch(
      /^kmodsmith: this run is not in the history: .*history\.jsonl cannot be read: .*\n$/,
    );
    expect(await readHistory(layout)).toEqual([]);
  });

  it('is a warning where the folder cannot be made', async () => {
    const { layout, scratch } = open();
    scratch.write('var/lib/kmodsmith', 'a file');
    expect(await saying(() => recordRun(layout, runAt(1)))).toContain('cannot be made');
  });

  it('never waits for the reader of a pipe', async () => {
    const { layout, scratch } = open();
    scratch.fifo('var/lib/kmodsmith/history.jsonl');
    expect(await saying(() => recordRun(layout, runAt(1)))).toContain('no regular file');
    expect(await readHistory(layout)).toEqual([]);
  });
});
