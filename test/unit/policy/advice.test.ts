import { expect, it } from 'vitest';
import { adviseSkip } from '../../../src/policy/advice.ts';
import { adviseProspect, knobsToShow } from '../../../src/policy/explanation.ts';
import { bearingKnobs, isReasonCode, isSkipCode } from '../../../src/policy/reason-catalogue.ts';
import type { MissingDependency, SkipReason } from '../../../src/policy/reasons.ts';
import type { InputChange } from '../../../src/policy/types.ts';
import { type SubjectSketch, subjectOf } from './subject.ts';

const header: InputChange = { kind: 'header', name: '/h/a.h', change: 'changed' };
const missing = (dependency: MissingDependency): SkipReason => ({
  code: 'dependency-missing',
  missing: [dependency],
});

it.each<{ because: SkipReason; sketch?: SubjectSketch; says: (string | RegExp)[] }>([
  {
    because: { code: 'up-to-date' },
    says: [/^Nothing needs.* kmodsmith install foo\/1\.0 -k 6\.1 --rebuild$/],
  },
  {
    because: { code: 'up-to-date' },
    sketch: { pair: { build: { changes: [{ kind: 'unrecorded', name: 'build', change: 'changed' }] } } },
    says: ['To have it made anew now: kmodsmith install foo/1.0 -k 6.1'],
  },
  {
    because: { code: 'autoinstall-off' },
    says: [
      'For this kernel alone: kmodsmith install foo/1.0 -k 6.1',
      'For every kernel, from now on: set AUTOINSTALL=yes in /etc/dkms/foo.conf, then kmodsmith run --all',
    ],
  },
  {
    because: { code: 'unregistered' },
    sketch: { module: { registered: false } },
    says: ['Register it: kmodsmith add foo/1.0'],
  },
  {
    because: { code: 'held-back', knob: 'module-scope', value: 'running' },
    says: [/-k 6\.1$/, /set module-scope in the policy/],
  },
  {
    because: { code: 'successor-missing', successor: '2.0' },
    says: [/: kmodsmith explain foo\/2\.0 -k 6\.1$/],
  },
  {
    because: { code: 'headers-missing', package: 'linux-headers-6.1' },
    says: ['Install linux-headers-6.1. Then it is built by itself.'],
  },
  { because: { code: 'headers-missing' }, says: [/^Install the headers package of exactly this kernel\. /] },
  { because: { code: 'headers-unusable', why: 'modpost is missing' }, says: [/^Mend that: .* by itself\.$/] },
  { because: { code: 'image-missing' }, says: [/^Install the package of the kernel itself/] },
  {
    because: missing({ name: 'spl', why: 'unregistered' }),
    says: [/brings spl, .* kmodsmith add spl\/VERSION$/],
  },
  {
    because: missing({ name: 'spl', why: 'failed' }),
    says: ['See why spl failed: kmodsmith explain spl -k 6.1'],
  },
  {
    because: missing({ name: 'spl', why: 'excluded' }),
    says: [/^Nothing can be done for this kernel, unless/],
  },
  {
    because: missing({ name: 'spl', why: 'not-installed' }),
    says: ['See why spl is not installed: kmodsmith explain spl -k 6.1'],
  },
  { because: missing({ name: 'spl', why: 'cycle', cycle: ['foo', 'spl', 'foo'] }), says: [/BUILD_DEPENDS/] },
  {
    because: {
      code: 'dependency-missing',
      missing: ['a', 'b'].map((name) => ({ name, why: 'failed' }) as const),
    },
    says: [/explain a /, /explain b /],
  },
  {
    because: { code: 'refresh-never', changes: [header] },
    says: ['Now: kmodsmith install foo/1.0 -k 6.1', /set refresh in the policy/],
  },
  {
    because: { code: 'outside-refresh-scope', changes: [header] },
    says: [
      'Now: kmodsmith install foo/1.0 -k 6.1',
      /AUTOINSTALL=yes in \/etc\/dkms\/foo\.conf, or refresh-scope/,
    ],
  },
  { because: { code: 'outside-refresh-scope', changes: [] }, says: [/ --rebuild$/, /refresh-scope/] },
  {
    because: { code: 'failed-before', summary: 's', log: '/l' },
    says: [
      'The log says more: kmodsmith log foo/1.0 -k 6.1',
      /^It is tried again by itself/,
      /: kmodsmith install foo\/1\.0 -k 6\.1$/,
    ],
  },
  {
    because: { code: 'failed-before', summary: 's', class: 'headers', log: '/l' },
    says: [
      'Install the headers package of this kernel again.',
      /^The log says more/,
      /^It is tried again by itself/,
      /^To try again as it is/,
    ],
  },
  { because: { code: 'excluded', why: 'x' }, says: [/BUILD_EXCLUSIVE_\* in \/etc\/dkms\/foo\.conf\.$/] },
  {
    because: { code: 'module-problem', why: 'x' },
    sketch: { module: { gone: true } },
    says: ['Install its package again, or forget it: kmodsmith remove foo/1.0'],
  },
  {
    because: { code: 'module-problem', why: 'x' },
    sketch: { module: { gone: true }, pair: { build: {} } },
    says: [/^Install its package again/, 'What is installed stays until then.'],
  },
  {
    because: { code: 'module-problem', why: 'it is not registered any more' },
    sketch: { module: { registered: false }, pair: { build: { installed: false } } },
    says: ['If it is still wanted: kmodsmith add foo/1.0. If not: kmodsmith remove foo/1.0'],
  },
  {
    because: { code: 'module-problem', why: 'x' },
    sketch: { pair: { problem: 'syntax error' } },
    says: [/^Mend its dkms\.conf, or what \/etc\/dkms lays over it/],
  },
  { because: { code: 'aborted' }, says: [/^Nothing needs to be done here\./] },
  { because: { code: 'toolkit-removed' }, says: [/^Install kmodsmith again/] },
  { because: { code: 'not-built' }, says: ['Nothing needs to be done.'] },
  { because: { code: 'nothing-to-undo', state: 'built' }, says: ['Nothing needs to be done.'] },
  {
    because: { code: 'other-version', current: '2.0' },
    says: [
      'About the other version: kmodsmith explain foo/2.0 -k 6.1',
      'To have this one, for this kernel: kmodsmith install foo/1.0 -k 6.1',
      'For every kernel: [module."foo"] pin = "1.0" in the policy.',
    ],
  },
  {
    because: { code: 'other-version', current: '2.0', pinned: true },
    says: [/explain foo\/2\.0/, 'To have this one: set pin in the policy to 1.0.'],
  },
])('advice for $because.code: $says', ({ because, sketch, says }) => {
  const advice = adviseSkip(because, subjectOf(sketch));
  expect(advice).toEqual(says.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))));
});

it('what is about to be done needs no advice but when', () => {
  const next = { steps: ['build'], because: { code: 'marked' } } as const;
  expect(adviseProspect(next, subjectOf())).toEqual([expect.stringMatching(/kmodsmith run --all$/)]);
});

it('knows the codes of both catalogues, and no others', () => {
  expect([isReasonCode('marked'), isSkipCode('excluded')]).toEqual([true, true]);
  for (const code of ['', 'full-moon', 'toString', '__proto__'])
    expect([isReasonCode(code), isSkipCode(code)]).toEqual([false, false]);
});

it('shows the knobs that decided, then those of the module, each once', () => {
  expect(bearingKnobs({ code: 'held-back', knob: 'new-kernel', value: 'none' })).toEqual(['new-kernel']);
  const next = { skipped: { code: 'up-to-date' } } as const;
  expect(knobsToShow(next, ['sign', 'refresh'])).toEqual(['refresh', 'reconfigure', 'refresh-scope', 'sign']);
  expect(knobsToShow({ steps: [], because: { code: 'marked' } }, ['sign'])).toEqual(['sign']);
});
