import fc from 'fast-check';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { defaultPolicy, type KnobName, knobNames, knobs, type Policy } from '../../../src/policy/knobs.ts';
import type { Policies } from '../../../src/policy/policies.ts';
import type { Facts, InputChange, PackageEvent } from '../../../src/policy/types.ts';
import { deepFreeze, moduleId, type PairSketch, type WorldSketch, world } from '../../support/world.ts';

/** Events and files are older than this; the engine starts then. */
export const present = 1000;

const releases = ['6.1.0-1-amd64', '6.12.1', '6.12.1-rt'];
const labels = ['a/1.9', 'a/1.10', 'b/2.0', 'c/1.0', 'd/3.0'];
/** Also what is not there. */
const names = ['a', 'b', 'c', 'd', 'none'];
const past = fc.integer({ min: 0, max: present });
const change: fc.Arbitrary<InputChange> = fc.record({
  kind: fc.constantFrom('header', 'source', 'directives', 'symbol', 'compiler', 'unrecorded'),
  name: fc.constantFrom('include/linux/fs.h', 'printk', 'gcc-14'),
  change: fc.constantFrom('changed', 'added', 'removed'),
});

/** Mostly few, else there is little but cycles. */
const depends = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 });
const versions = fc.dictionary(
  fc.constantFrom(...names),
  fc.constantFrom('1.0', '1.9', '1.10', '2.0', '3.0'),
  {
    noNullPrototype: true,
  },
);

const kernel = fc.record(
  {
    image: fc.constantFrom('present', 'absent'),
    headers: fc.constantFrom('ready', 'absent', 'unusable'),
    changedAt: past,
    indexOutdated: fc.boolean(),
    initramfs: fc.constantFrom({}, { outdated: true as const }),
  },
  { requiredKeys: ['image', 'headers', 'changedAt', 'indexOutdated'] },
);

const module = fc.record(
  {
    registered: fc.constantFrom(true, true, true, false),
    problem: fc.constant('its dkms.conf is broken'),
    gone: fc.constant(true as const),
    autoinstall: fc.boolean(),
    depends,
  },
  { requiredKeys: ['registered', 'autoinstall'] },
);

const pair: fc.Arbitrary<PairSketch> = fc.record(
  {
    excluded: fc.constant('BUILD_EXCLUSIVE_ARCH is arm64'),
    problem: fc.constant('calls exit'),
    build: fc.record(
      {
        origin: fc.constantFrom('autoinstall', 'manual', 'unknown'),
        installed: fc.boolean(),
        builtAt: past,
        changes: fc.array(change, { maxLength: 5 }),
        dependencies: versions,
      },
      { requiredKeys: ['origin', 'installed', 'builtAt', 'changes'] },
    ),
    failure: fc.record(
      {
        summary: fc.constant('does not compile\nerror: x'),
        class: fc.constant('source' as const),
        log: fc.constant('/log'),
        at: past,
        dependencies: versions,
      },
      { requiredKeys: ['summary', 'class', 'log', 'at'] },
    ),
    depends,
  },
  { requiredKeys: [] },
);

const keys = labels.flatMap((label) => releases.map((release) => `${label} ${release}`));

/** What `survey` can read: one version of a module is installed for a kernel, and a broken conf tells nothing. */
function consistent(sketch: Required<WorldSketch>): Facts {
  const installed = new Map<string, string>();
  const pairs = Object.entries(sketch.pairs).map(([key, found]): [string, PairSketch] => {
    const [label = '', release = ''] = key.split(' ');
    const { name, version } = moduleId(label);
    const slot = `${name} ${release}`;
    const build = found.build && {
      ...found.build,
      installed: (found.build.installed ?? false) && !installed.has(slot),
    };
    if (build?.installed) installed.set(slot, version);
    const { registered, problem } = sketch.modules[label] ?? {};
    const broken = registered === false || (problem ?? found.problem) !== undefined;
    const { failure: _failure, excluded: _excluded, ...rest } = found;
    const readable = broken ? { ...rest, autoinstall: false, depends: [] } : found;
    return [key, { ...readable, ...(build && { build: broken ? { ...build, changes: [] } : build }) }];
  });
  const modules = Object.entries(sketch.modules).map(([label, { depends: names = [], ...module }]) => {
    const broken = module.registered === false || module.problem !== undefined;
    return [label, { ...module, ...(!broken && { depends: names }) }];
  });
  const recorded = pairs.map(([key, found]) => [key, asInstalled(found, { key, installed })]);
  return world({ ...sketch, modules: Object.fromEntries(modules), pairs: Object.fromEntries(recorded) });
}

/** Most builds were made against what is installed; of those by hand anything may be recorded. */
function asInstalled(
  pair: PairSketch,
  { key, installed }: { key: string; installed: ReadonlyMap<string, string> },
): PairSketch {
  if (pair.build?.dependencies === undefined || pair.build.origin === 'manual') return pair;
  const there = names.flatMap((name): [string, string][] => {
    const version = installed.get(`${name} ${key.split(' ')[1]}`);
    return version === undefined ? [] : [[name, version]];
  });
  return { ...pair, build: { ...pair.build, dependencies: Object.fromEntries(there) } };
}

const anything: fc.Arbitrary<Facts> = fc
  .record({
    kernels: fc.dictionary(fc.constantFrom(...releases), kernel, { minKeys: 1, noNullPrototype: true }),
    modules: fc.dictionary(fc.constantFrom(...labels), module, { minKeys: 1, noNullPrototype: true }),
    pairs: fc.dictionary(fc.constantFrom(...keys), pair, { minKeys: 2, maxKeys: 9, noNullPrototype: true }),
  })
  .map(consistent);

const sound = fc.record(
  {
    build: fc.record({
      origin: fc.constantFrom('autoinstall', 'autoinstall', 'manual'),
      installed: fc.constantFrom(true, true, true, false),
      builtAt: past,
      changes: fc.array(change, { maxLength: 1 }),
      dependencies: versions,
    }),
    failure: fc.record({
      summary: fc.constant('x'),
      class: fc.constant('source' as const),
      log: fc.constant('/log'),
      at: past,
      dependencies: versions,
    }),
  },
  { requiredKeys: ['build'] },
);

/** One kernel where nothing is in the way, so that what modules want of each other decides. */
const depending: fc.Arbitrary<Facts> = fc
  .record({
    modules: fc.dictionary(fc.constantFrom(...labels), fc.record({ depends }), {
      minKeys: 3,
      noNullPrototype: true,
    }),
    pairs: fc.dictionary(fc.constantFrom(...labels.map((label) => `${label} ${releases[0]}`)), sound, {
      noNullPrototype: true,
    }),
  })
  .map((sketch) => consistent({ ...sketch, kernels: { [releases[0] ?? '']: {} } }));

export const facts: fc.Arbitrary<Facts> = fc.oneof(anything, depending);

const transition = fc.constantFrom('install', 'upgrade', 'reconfigure', 'remove', 'purge', 'abort');
const common = { transition, at: past };

const kernelEvent = fc.record(
  {
    subject: fc.constantFrom('image', 'headers'),
    kernel: fc.constantFrom(...releases, '5.0-none'),
    underway: fc.boolean(),
    ...common,
  },
  { requiredKeys: ['subject', 'kernel', 'transition', 'at'] },
) as fc.Arbitrary<PackageEvent>;

const moduleEvent = fc.record({
  subject: fc.constant('module' as const),
  module: fc.constantFrom(...labels, 'a/0.1').map(moduleId),
  ...common,
});

const toolkitEvent = fc.record({ subject: fc.constant('toolkit' as const), ...common });

export const kernelEvents: fc.Arbitrary<readonly PackageEvent[]> = fc
  .array(kernelEvent, { minLength: 1, maxLength: 4 })
  .map(deepFreeze);

export const events: fc.Arbitrary<readonly PackageEvent[]> = fc
  .array(fc.oneof({ weight: 3, arbitrary: kernelEvent }, moduleEvent, toolkitEvent), { maxLength: 5 })
  .map(deepFreeze);

function anyValue(name: KnobName): fc.Arbitrary<unknown> {
  const knob: KnobDeclaration = knobs[name];
  if (knob.kind === 'choice') return fc.constantFrom(...Object.keys(knob.values));
  if (knob.kind === 'set') return fc.subarray(Object.keys(knob.values));
  if (knob.kind === 'program') return fc.constantFrom('', '/opt/sign');
  if (knob.kind === 'seconds') return fc.constantFrom(knob.default, knob.least);
  return knob.kind === 'switch' ? fc.boolean() : fc.constantFrom('', '1.9', '1.10', '0.1');
}

/** Any value of any knob, the defaults more often than not. */
const values = fc.record(Object.fromEntries(knobNames.map((name) => [name, anyValue(name)])), {
  requiredKeys: [],
}) as unknown as fc.Arbitrary<Partial<Policy>>;

export const policies: fc.Arbitrary<Policies> = fc
  .record({
    base: values.map((some) => ({ ...defaultPolicy, ...some, pin: '', critical: false })),
    modules: fc.dictionary(fc.constantFrom('a', 'a/1.9', 'b', 'c/1.0'), values, {
      maxKeys: 2,
      noNullPrototype: true,
    }),
  })
  .map(deepFreeze);
