import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/apply/performing.ts';
import type { Report } from '../../../src/apply/reconcile.ts';
import { hasFailed, hasFatalFailure, reportLines } from '../../../src/commands/output.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import type { Policies } from '../../../src/policy/policies.ts';
import type { Action, Skipped } from '../../../src/policy/types.ts';

const kernel = { release: '6.12.1', arch: 'x86_64' };
const because = { code: 'new-kernel' } as const;
const build = (name: string, version = '1.0'): Action => {
  return { do: 'build', origin: 'autoinstall', module: { name, version }, kernel, because };
};
const depmod: Action = { do: 'depmod', kernel, because: { code: 'modules-changed' } };

const error = { code: 'BUILD_FAILED', message: 'does not compile' };
const failed = (action: Action): Outcome => ({ action, state: 'failed', error });

function reportOf(outcomes: readonly Outcome[], skipped: readonly Skipped[] = []): Report {
  const actions = outcomes.map(({ action }) => action);
  return { plan: { version: 1, actions, skipped }, outcomes, calls: 0, rubbish: [] };
}

function policiesOf(base: Partial<Policy>, modules: Policies['modules'] = {}): Policies {
  return { base: { ...defaultPolicy, ...base }, modules };
}

it.each<{ what: string; error: Outcome['error']; lines: string[] }>([
  {
    what: 'why, what to do and where the log is',
    error: { ...error, class: 'headers', log: '/l', hint: 'The whole log: /l' },
    lines: [
      'failed: does not compile',
      "  The kernel's headers are not complete. Install the headers package of this kernel again.",
      '  The whole log: /l',
    ],
  },
  {
    what: 'the log, too, where the hint is about something else',
    error: { code: 'VERIFY_FAILED', message: 'no', class: 'verification', log: '/l', hint: 'Do this.' },
    lines: ['failed: no', '  The kernel would refuse what was built.', '  Do this.', '  The whole log: /l'],
  },
  {
    what: 'nothing where nothing is known',
    error: { ...error, class: 'other', log: '/l', hint: 'See /l' },
    lines: ['failed: does not compile', '  See /l'],
  },
])('a failed build: $what', ({ error: told, lines }) => {
  const outcome = { ...failed(build('foo')), ...(told && { error: told }) };
  expect(reportLines(reportOf([outcome]))).toEqual(lines);
});

interface Case {
  what: string;
  outcomes?: Outcome[];
  skipped?: Skipped[];
  base?: Partial<Policy>;
  modules?: Policies['modules'];
  failed: boolean;
  fatal: boolean;
}

const waiting = (severity?: 'warning' | 'failure'): Skipped => ({
  ...{ module: { name: 'foo', version: '1.0' }, kernel: kernel.release },
  ...(severity !== undefined && { severity }),
  because: { code: 'headers-missing' },
});

it('what came out of an action is said after what was done', () => {
  const update = { do: 'initramfs', kernel, mode: 'auto', modules: [], because: depmod.because } as const;
  const note = 'initramfs of 6.12.1: updated, foo is in it';
  const outcomes: Outcome[] = [
    { action: { do: 'install', module: { name: 'foo', version: '1.0' }, kernel, because }, state: 'done' },
    { action: depmod, state: 'done' },
    { action: update, state: 'done', note },
    failed(build('bar')),
  ];
  expect(reportLines(reportOf(outcomes, [waiting()]))).toEqual([
    'foo 1.0 for 6.12.1: installed, the kernel has no build of it yet',
    'depmod for 6.12.1: its modules changed',
    note,
    "foo 1.0 for 6.12.1: waiting for the kernel's headers",
    'failed: does not compile',
  ]);
});

describe('a package operation', () => {
  it.each<Case>([
    {
      what: 'succeeds when all went well',
      outcomes: [{ action: build('foo'), state: 'done' }],
      base: { failure: 'fail' },
      failed: false,
      fatal: false,
    },
    {
      what: "succeeds with failure = 'warn'",
      outcomes: [failed(build('foo'))],
      base: { failure: 'warn' },
      failed: true,
      fatal: false,
    },
    {
      what: "fails with failure = 'fail'",
      outcomes: [failed(build('foo'))],
      base: { failure: 'fail' },
      failed: true,
      fatal: true,
    },
    {
      what: "fails with failure = 'fail' of the module that failed",
      outcomes: [failed(build('foo'))],
      modules: { foo: { failure: 'fail' } },
      failed: true,
      fatal: true,
    },
    {
      what: 'succeeds when another module is the one that may not fail',
      outcomes: [failed(build('foo'))],
      modules: { bar: { failure: 'fail' } },
      failed: true,
      fatal: false,
    },
    {
      what: "succeeds when the module that failed says failure = 'warn'",
      outcomes: [failed(build('foo'))],
      base: { failure: 'fail' },
      modules: { foo: { failure: 'warn' } },
      failed: true,
      fatal: false,
    },
    {
      what: 'fails with critical = true of the module that failed',
      outcomes: [{ action: build('bar'), state: 'done' }, failed(build('foo'))],
      modules: { foo: { critical: true } },
      failed: true,
      fatal: true,
    },
    {
      what: 'succeeds with critical = false of the version that failed',
      outcomes: [failed(build('foo', '2.0'))],
      modules: { foo: { critical: true }, 'foo/2.0': { critical: false } },
      failed: true,
      fatal: false,
    },
    {
      what: 'goes by the machine when the index of a kernel could not be made',
      outcomes: [failed(depmod)],
      base: { failure: 'fail' },
      failed: true,
      fatal: true,
    },
    {
      what: 'succeeds when what was not reached belongs to a critical module',
      outcomes: [failed(build('bar')), { action: build('foo'), state: 'not-reached' }],
      modules: { foo: { critical: true } },
      failed: true,
      fatal: false,
    },
    { what: 'succeeds when a module waits for headers', skipped: [waiting()], failed: false, fatal: false },
    {
      what: "succeeds with missing-headers = 'warn'",
      skipped: [waiting('warning')],
      failed: false,
      fatal: false,
    },
    { what: "fails with missing-headers = 'fail'", skipped: [waiting('failure')], failed: true, fatal: true },
  ])('$what', ({ outcomes = [], skipped = [], base = {}, modules, failed: isFailed, fatal }) => {
    const report = reportOf(outcomes, skipped);
    expect(hasFatalFailure(report, policiesOf(base, modules))).toBe(fatal);
    expect(hasFailed(report)).toBe(isFailed);
  });
});
