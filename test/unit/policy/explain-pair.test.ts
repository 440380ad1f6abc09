import { expect, it } from 'vitest';
import { explainPair, summarisePair } from '../../../src/policy/explain-pair.ts';
import { type Explanation, knobsToShow, prospectOf } from '../../../src/policy/explanation.ts';
import type { SkipReason } from '../../../src/policy/reasons.ts';
import type { BuildFacts, InputChange, ModuleId, Plan } from '../../../src/policy/types.ts';
import { type SubjectSketch, subjectOf } from './subject.ts';

const header: InputChange = { kind: 'header', name: '/h/a.h', change: 'changed' };
const module = { name: 'foo', version: '1.0' };

it('finds what a plan has in store for the pair', () => {
  const kernel = { release: '6.1', arch: 'x86_64' };
  const other = { name: 'foo', version: '2.0' };
  const because = { code: 'new-kernel' } as const;
  const plan: Plan = {
    version: 1,
    actions: [
      { do: 'uninstall', module: other, kernel, because },
      { do: 'build', module, kernel, origin: 'autoinstall', because },
      { do: 'install', module, kernel: { ...kernel, release: '6.2' }, because },
      { do: 'install', module, kernel, because },
      { do: 'depmod', kernel, because: { code: 'modules-changed' } },
    ],
    skipped: [{ module, kernel: '6.2', because: { code: 'image-missing' } }],
  };
  expect(prospectOf(subjectOf(), plan)).toEqual({ steps: ['build', 'install'], because });
  const update = { do: 'initramfs', kernel, mode: 'auto', because: { code: 'modules-changed' } } as const;
  const withUpdate = (modules: readonly ModuleId[]): Plan => {
    return { ...plan, actions: [...plan.actions, { ...update, modules }] };
  };
  expect(prospectOf(subjectOf(), withUpdate([other]))).toEqual({ steps: ['build', 'install'], because });
  const found = { steps: ['build', 'install'], because, initramfs: 'auto' };
  expect(prospectOf(subjectOf(), withUpdate([other, module]))).toEqual(found);
  const skipped: Plan = {
    ...plan,
    actions: [],
    skipped: [...plan.skipped, { module, kernel: '6.1', because: { code: 'aborted' } }],
  };
  expect(prospectOf(subjectOf(), skipped)).toEqual({ skipped: { code: 'aborted' } });
});

it('tells of the initramfs that comes after it, and of the knob that has a say in that', () => {
  const because = { code: 'not-installed' } as const;
  const steps = ['install'] as const;
  const said = (initramfs: 'auto' | 'always') =>
    summarisePair({
      ...subjectOf(),
      files: { installed: [] },
      next: { steps, because, initramfs },
      advice: [],
    });
  const install = 'next run: install, it is built but not installed';
  expect(said('auto')[1]).toBe(`${install}; then the initramfs is updated if the module belongs there`);
  expect(said('always')[1]).toBe(`${install}; then the initramfs is updated`);
  expect(knobsToShow({ steps, because, initramfs: 'auto' }, [])).toEqual(['initramfs']);
  expect(knobsToShow({ steps, because }, [])).toEqual([]);
});

it('says that an initramfs is behind', () => {
  const explanation = explanationOf({ code: 'up-to-date' }, { kernel: { initramfs: { outdated: true } } });
  expect(rowsOf(explanation)['kernel']).toContain('initramfs: behind the modules');
});

function explanationOf(skipped: SkipReason, sketch: SubjectSketch = {}): Explanation {
  const subject = subjectOf(sketch);
  return { ...subject, files: { installed: [] }, next: { skipped }, advice: ['Do this.', 'Or that.'] };
}

/** The rows under their titles. */
function rowsOf(explanation: Explanation, knobs: string[] = []): Record<string, string[]> {
  const rows = explainPair(explanation, { time: (at) => `t${at}`, knobs });
  return Object.fromEntries(rows.map(([title, ...lines]) => [title, lines]));
}

const changes = (count: number): InputChange[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'header', name: `${index}.h`, change: 'changed' }));

it('tells everything of a pair that was built', () => {
  const build: Partial<BuildFacts> = {
    ...{ origin: 'manual', builtAt: 7, changes: changes(22), marked: true, dependencies: { spl: '0.8' } },
  };
  const explanation = explanationOf(
    { code: 'refresh-never', changes: changes(22) },
    { pair: { build, depends: ['spl'], warnings: ['w'] }, kernel: { running: true } },
  );
  const files = { installed: ['/lib/foo.ko'], log: '/log', duration: 1700 };
  const last = {
    at: 9,
    events: [{ subject: 'headers', transition: 'upgrade', kernel: '6.1', at: 8 }],
    outcome: { module, kernel: '6.1', steps: ['build', 'install'], because: { code: 'forced' } },
  } as const;
  expect(rowsOf({ ...explanation, files, last }, ['refresh = never (default)'])).toEqual({
    module: ['registered', 'warning: w'],
    AUTOINSTALL: ['yes'],
    kernel: ['installed, it runs now', 'headers: ready'],
    needs: ['spl'],
    build: ['by hand, t7, in 2 s', 'against spl 0.8', 'log: /log'],
    stale: [...Array.from({ length: 20 }, (_, index) => `${index}.h changed`), 'and 2 more'],
    installed: ['/lib/foo.ko'],
    marked: ['for rebuild at the next occasion'],
    'last event': ["t9, headers upgrade: rebuilt, the policy says force = 'rebuild'"],
    policy: ['refresh = never (default)'],
    'next run': ['kept although stale, the policy says never to refresh it'],
    advice: ['Do this.', 'Or that.'],
  });
});

it('tells what is missing where nothing was built', () => {
  const failure = { summary: 'make ended\nfoo.c:1: error', class: 'source', log: '/l', at: 5 } as const;
  const explanation = explanationOf(
    { code: 'failed-before', ...failure },
    { pair: { failure, autoinstall: false }, kernel: { headers: 'absent', image: 'absent' } },
  );
  expect(rowsOf(explanation)).toEqual({
    module: ['registered'],
    AUTOINSTALL: ['no'],
    kernel: ['not installed', 'headers: not installed'],
    build: ['none'],
    installed: ['no'],
    'last try': ['failed, t5 (its source does not compile)', 'make ended', 'foo.c:1: error', 'log: /l'],
    'last event': ['none that is remembered'],
    'next run': ['not tried again, nothing has changed since it failed'],
    advice: ['Do this.', 'Or that.'],
  });
});

it.each<{ title: string; sketch: SubjectSketch; lines: (string | RegExp)[] }>([
  { title: 'module', sketch: { module: { registered: false, gone: true } }, lines: [/^not registered; /] },
  { title: 'AUTOINSTALL', sketch: { pair: { problem: 'x' } }, lines: [/^unknown/] },
  {
    title: 'kernel',
    sketch: { kernel: { headers: 'unusable' } },
    lines: ['installed', /cannot be used, modpost/],
  },
  {
    title: 'build',
    sketch: { pair: { build: { origin: 'unknown', builtAt: 0 } } },
    lines: [/^by another tool/],
  },
  { title: 'stale', sketch: { pair: { build: {} } }, lines: ['no'] },
  {
    title: 'stale',
    sketch: { pair: { build: {}, problem: 'x' } },
    lines: [/^unknown, there is no sound source/],
  },
  {
    title: 'stale',
    sketch: { pair: { build: {} }, kernel: { headers: 'absent' } },
    lines: [/without headers$/],
  },
  {
    title: 'stale',
    sketch: { pair: { build: { changes: [{ kind: 'unrecorded', name: 'build', change: 'changed' }] } } },
    lines: ['unknown, nothing is recorded of what it was built from'],
  },
  { title: 'installed', sketch: { pair: { build: {} } }, lines: ['yes'] },
  {
    title: 'installed',
    sketch: { pair: { build: { installed: false, remains: true } } },
    lines: [/^no, but files of an earlier build/],
  },
])('$title: $lines', ({ title, sketch, lines }) => {
  const rows = rowsOf(explanationOf({ code: 'excluded', why: 'x' }, sketch));
  expect(rows[title]).toEqual(
    lines.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
  );
});

it.each<{ skipped: SkipReason; sketch?: SubjectSketch; lines: string[] }>([
  {
    skipped: { code: 'up-to-date' },
    sketch: { pair: { build: {} } },
    lines: ['installed, up to date, nothing that went into it has changed'],
  },
  {
    skipped: { code: 'up-to-date' },
    sketch: { pair: { build: { changes: [{ kind: 'unrecorded', name: 'build', change: 'changed' }] } } },
    lines: ['installed, stale, left as it is until something that it depends on moves'],
  },
  {
    skipped: { code: 'headers-missing', package: 'linux-headers-6.1' },
    lines: ['not built', "waiting for the kernel's headers", 'Do this.'],
  },
  {
    skipped: { code: 'headers-missing', changes: [header] },
    sketch: { pair: { build: { changes: [header], installed: false, marked: true } } },
    lines: [
      'built, not installed, stale, marked for rebuild',
      "kept, rebuilding it waits for the kernel's headers; stale, /h/a.h changed since it was built",
      'Do this.',
    ],
  },
  {
    skipped: { code: 'failed-before', summary: 'make ended\nmore', log: '/l' },
    sketch: { pair: { failure: { summary: 'make ended\nmore', class: 'source', log: '/l', at: 1 } } },
    lines: [
      'not built, the last attempt failed (its source does not compile)',
      'not tried again, nothing has changed since it failed',
      'make ended',
      'log: /l',
      'Do this.',
    ],
  },
])('in short: $lines', ({ skipped, sketch, lines }) => {
  expect(summarisePair(explanationOf(skipped, sketch))).toEqual(lines);
});

it('in short, what the next run does', () => {
  const explanation = explanationOf({ code: 'aborted' });
  const next = { steps: ['build', 'install'], because: { code: 'new-kernel' } } as const;
  expect(summarisePair({ ...explanation, next })).toEqual([
    'not built',
    'next run: build and install, the kernel has no build of it yet',
  ]);
});
