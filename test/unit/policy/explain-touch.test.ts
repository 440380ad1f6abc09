import { expect, it } from 'vitest';
import { explainTouch } from '../../../src/policy/explain-touch.ts';
import type { Deed, Touch } from '../../../src/policy/history.ts';
import type { SkipReason } from '../../../src/policy/reasons.ts';
import type { PackageEvent } from '../../../src/policy/types.ts';

const module = { name: 'foo', version: '1.0' };
const pair = { module, kernel: '6.1' };
const at = { at: 1, transition: 'upgrade' } as const;
const headers: PackageEvent = { subject: 'headers', kernel: '6.1', ...at };

function deed(change: Partial<Deed>): Touch['outcome'] {
  return { ...pair, steps: ['build', 'install'], because: { code: 'marked' }, ...change };
}

function skip(because: SkipReason): Touch['outcome'] {
  return { ...pair, because };
}

it.each<{ events?: PackageEvent[]; outcome: Touch['outcome']; says: string }>([
  { events: [headers], outcome: deed({}), says: 'headers upgrade: rebuilt, it was marked for rebuild' },
  {
    events: [headers, { ...headers, subject: 'image' }, headers],
    outcome: skip({ code: 'up-to-date' }),
    says: 'headers upgrade, image upgrade: up to date, nothing that went into it has changed',
  },
  {
    events: [{ subject: 'module', module, ...at }],
    outcome: deed({ steps: ['register'], because: { code: 'module-arrived' } }),
    says: 'module upgrade: registered, its package brought it',
  },
  {
    events: [{ subject: 'module', module: { name: 'foo', version: '2.0' }, ...at }],
    outcome: deed({ steps: ['uninstall', 'unbuild'], because: { code: 'superseded', by: '2.0' } }),
    says: 'module upgrade of version 2.0: removed, version 2.0 follows it',
  },
  {
    events: [
      { subject: 'module', module: { name: 'spl', version: '3' }, ...at },
      { ...headers, kernel: '6.2' },
    ],
    outcome: skip({ code: 'dependency-missing', missing: [{ name: 'spl', why: 'failed' }] }),
    says: 'module upgrade of spl 3, headers upgrade of 6.2: waiting for spl (it failed for this kernel)',
  },
  {
    events: [{ subject: 'toolkit', ...at }],
    outcome: deed({ steps: ['install'], because: { code: 'not-installed' } }),
    says: 'a run that looked at everything: installed, it is built but not installed',
  },
  {
    outcome: deed({ because: { code: 'new-kernel' } }),
    says: 'a run that looked at everything: built and installed, the kernel has no build of it yet',
  },
  {
    outcome: deed({ because: { code: 'asked' } }),
    says: 'by hand: built and installed, as asked',
  },
  {
    events: [headers],
    outcome: deed({
      steps: ['build'],
      failed: { step: 'install', state: 'failed', code: 'INSTALL_REFUSED', message: 'newer one\nthere' },
    }),
    says: 'headers upgrade: built, it was marked for rebuild; install failed: newer one',
  },
  {
    events: [headers],
    outcome: deed({
      steps: [],
      failed: { step: 'build', state: 'failed', code: 'PATCH_FAILED', class: 'patch', message: 'no' },
    }),
    says: 'headers upgrade: build failed: no; a patch does not fit its source',
  },
  {
    events: [headers],
    outcome: deed({
      steps: [],
      failed: { step: 'build', state: 'not-reached', code: 'DEPENDENCY_MISSING', message: 'it needs spl' },
    }),
    says: 'headers upgrade: build not begun: it needs spl',
  },
])('$says', ({ events = [], outcome, says }) => {
  expect(explainTouch({ at: 1, events, outcome }, pair)).toBe(says);
});
