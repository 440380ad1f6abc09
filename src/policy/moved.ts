import { canonicalJson } from '../formats/canonical-json.ts';
import { moduleLabel } from './explain.ts';
import type { Policies } from './policies.ts';
import type { Facts, KernelFacts, ModuleFacts, PairFacts } from './types.ts';

/** The kernels, modules and pairs that came, went or are not what they were, each with the parts of it, in words. */
export function movedFacts(before: Facts, after: Facts): string[] {
  return [
    ...movedItems({ before: before.kernels, after: after.kernels, ...kernelItems }),
    ...movedItems({ before: before.modules, after: after.modules, ...moduleItems }),
    ...movedItems({ before: before.pairs, after: after.pairs, ...pairItems }),
  ];
}

interface Items<Item> {
  readonly nameOf: (item: Item) => string;
  /** What each part of it is called. */
  readonly parts: Readonly<Record<keyof Item, string>>;
}

const kernelItems: Items<KernelFacts> = {
  nameOf: ({ release }) => `the kernel ${release}`,
  parts: {
    release: 'its release',
    arch: 'its architecture',
    image: 'its image',
    headers: 'its headers',
    changedAt: 'its files',
    indexOutdated: 'its module index',
    initramfs: 'its initramfs',
    running: 'whether it runs',
    weakLinks: 'its links to modules of other kernels',
  },
};

const moduleItems: Items<ModuleFacts> = {
  nameOf: (module) => `the module ${moduleLabel(module)}`,
  parts: {
    name: 'its name',
    version: 'its version',
    registered: 'its registration',
    arriving: 'its registration',
    problem: 'its source',
    builtFor: 'where it is built',
    installedFor: 'where it is installed',
  },
};

const pairItems: Items<PairFacts> = {
  nameOf: ({ module, kernel }) => `${moduleLabel(module)} for ${kernel}`,
  parts: {
    module: 'its module',
    kernel: 'its kernel',
    autoinstall: 'AUTOINSTALL',
    depends: 'BUILD_DEPENDS',
    excluded: 'BUILD_EXCLUSIVE',
    problem: 'its dkms.conf',
    warnings: 'its dkms.conf',
    build: 'its build',
    failure: 'its last failure',
  },
};

interface Comparison<Item> extends Items<Item> {
  readonly before: readonly Item[];
  readonly after: readonly Item[];
}

function movedItems<Item extends object>({ before, after, nameOf, parts }: Comparison<Item>): string[] {
  const earlier = new Map(before.map((item) => [nameOf(item), item]));
  const later = new Map(after.map((item) => [nameOf(item), item]));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((name) => {
    const [old, present] = [earlier.get(name), later.get(name)];
    if (old === undefined) return [`${name} (it is new)`];
    if (present === undefined) return [`${name} (it is gone)`];
    const keys = (Object.keys(parts) as (keyof Item)[]).filter((key) => !isSame(old[key], present[key]));
    const words = new Set(keys.map((key) => parts[key]));
    return words.size === 0 ? [] : [`${name} (${[...words].join(', ')})`];
  });
}

/** The knobs that are not set as they were, in words. */
export function movedKnobs(before: Policies, after: Policies): string[] {
  const labels = new Set([...Object.keys(before.modules), ...Object.keys(after.modules)]);
  return [
    ...differing(before.base, after.base),
    ...[...labels].flatMap((label) =>
      differing(sectionOf(before, label), sectionOf(after, label)).map((knob) => `${knob} of ${label}`),
    ),
  ];
}

function sectionOf({ modules }: Policies, label: string): object {
  return (Object.hasOwn(modules, label) ? modules[label] : undefined) ?? {};
}

function differing(before: object, after: object): string[] {
  const [old, present] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const knobs = new Set([...old.keys(), ...present.keys()]);
  return [...knobs].filter((knob) => !isSame(old.get(knob), present.get(knob)));
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
