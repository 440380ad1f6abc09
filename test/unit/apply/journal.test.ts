import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  closeJournal,
  isAskedFor,
  openJournal,
  readJournal,
  resumeJournal,
} from '../../../src/apply/journal.ts';
import { reconcile } from '../../../src/apply/reconcile.ts';
import { repair } from '../../../src/apply/repair.ts';
import type { Action } from '../../../src/policy/types.ts';
import { arch, release } from '../core/machine.ts';
import { type Installed, makeInstalled } from './installed.ts';

const nothing = { version: 1, actions: [], skipped: [] } as const;

function uninstallOf({ module }: Installed): Action {
  return { do: 'uninstall', module, kernel: { release, arch }, because: { code: 'asked' } };
}

describe('what was asked for and cut short', () => {
  it('is done by the next run, whatever that is for, and told', async () => {
    const machine = await makeInstalled();
    const { layout, options, installed } = machine;
    await openJournal(layout, { actions: [uninstallOf(machine)] });
    const { finished } = await reconcile({ ...options, planFor: () => nothing });
    expect(finished?.outcomes.map(({ action, state }) => [action.do, state])).toEqual([
      ['uninstall', 'done'],
      ['depmod', 'done'],
    ]);
    expect([existsSync(installed), existsSync(layout.journal)]).toEqual([false, false]);
    expect(readFileSync(layout.history, 'utf8')).toContain('uninstall');
  });

  it('is found and done by repair', async () => {
    const machine = await makeInstalled();
    const { layout, options, installed } = machine;
    await openJournal(layout, { actions: [uninstallOf(machine)] });
    expect(await repair(options)).toMatchObject([
      { finding: { kind: 'request-unfinished' }, state: 'mended' },
    ]);
    expect(existsSync(installed)).toBe(false);
  });

  it('is nothing any more when it is done', async () => {
    const machine = await makeInstalled();
    const { layout, options } = machine;
    await reconcile({ ...options, planFor: () => ({ ...nothing, actions: [uninstallOf(machine)] }) });
    expect(existsSync(layout.journal)).toBe(false);
    expect(await reconcile({ ...options, planFor: () => nothing })).not.toHaveProperty('finished');
  });

  it('is given up when ten engines have died over it', async () => {
    const machine = await makeInstalled();
    const { layout } = machine;
    await openJournal(layout, { actions: [uninstallOf(machine)] });
    for (let engines = 2; engines <= 10; engines++)
      expect(await resumeJournal(layout)).toMatchObject({ attempts: engines });
    expect(await resumeJournal(layout)).toBeUndefined();
    expect(existsSync(layout.journal)).toBe(false);
  });
});

it.each([
  ['', 'what is empty'],
  ['{"version":1,"at":1,"attempts":1,"actions":[{"do":"format","because":{}}]}', 'an unknown action'],
  [
    '{"version":1,"at":1,"attempts":1,"actions":[{"do":"unbuild","module":{"name":"..","version":"x"},"kernel":{"release":"k","arch":"a"},"because":{}}]}',
    'a name that leads out of the tree',
  ],
  ['{"version":2,"at":1,"attempts":1,"actions":[]}', 'another version'],
])('%j asks for nothing: %s', async (text) => {
  const { layout } = await makeInstalled();
  await openJournal(layout, { actions: [] });
  writeFileSync(layout.journal, text);
  expect(await readJournal(layout)).toBeUndefined();
  await closeJournal(layout);
  expect(existsSync(layout.journal)).toBe(false);
});

it('what hooks tell is in the queue, and needs no journal', () => {
  const event = { subject: 'toolkit', transition: 'upgrade', at: 1 } as const;
  expect(isAskedFor({ events: [{ ...event, underway: true }] })).toBe(false);
  expect(isAskedFor({ events: [{ ...event, underway: false }] })).toBe(false);
  expect(isAskedFor({ events: [] })).toBe(false);
  expect(isAskedFor({ events: [event] })).toBe(true);
  expect(isAskedFor({ planFor: () => nothing })).toBe(true);
});
