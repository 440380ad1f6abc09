import type {
  BuildFacts,
  Facts,
  HeadersState,
  KernelFacts,
  PairFacts,
  WeakLinkFacts,
} from '../../src/policy/types.ts';

/** A kernel's facts as far as they differ from: image present, headers ready, laid down at 100. */
interface KernelSketch {
  image?: 'present' | 'absent';
  headers?: HeadersState['state'];
  changedAt?: number;
  indexOutdated?: boolean;
  initramfs?: { outdated?: true };
  running?: true;
  weakLinks?: readonly WeakLinkFacts[];
}

/** A module's facts as far as they differ from: registered, sound, AUTOINSTALL=yes, not built anywhere. */
interface ModuleSketch {
  registered?: boolean;
  problem?: string;
  /** Its source is gone. */
  gone?: true;
  autoinstall?: boolean;
  depends?: string[];
}

export type PairSketch = Omit<Partial<PairFacts>, 'module' | 'kernel' | 'build' | 'problem'> & {
  build?: Partial<BuildFacts>;
  problem?: string;
};

export interface WorldSketch {
  /** By release. */
  kernels: Record<string, KernelSketch>;
  /** By `name/version`. */
  modules: Record<string, ModuleSketch>;
  /** By `name/version release`. */
  pairs?: Record<string, PairSketch>;
}

/** Facts as `survey` would read them: every module has a pair with every kernel. Frozen, so that deciding stays pure. */
export function world({ kernels, modules, pairs = {} }: WorldSketch): Facts {
  const ids = Object.entries(modules).map(([label, sketch]) => ({ ...moduleId(label), label, sketch }));
  return deepFreeze({
    kernels: Object.entries(kernels).map(([release, sketch]) => kernel(release, sketch)),
    modules: ids.map(({ name, version, label, sketch: { registered = true, problem, gone } }) => ({
      ...{ name, version, registered },
      ...releases(label, { kernels, pairs }),
      ...(problem !== undefined && problemOf(problem)),
      ...(gone && { problem: { code: 'SOURCE_MISSING', message: 'its source is not there' } }),
    })),
    pairs: ids.flatMap(({ name, version, label, sketch }) =>
      Object.keys(kernels).map((release): PairFacts => {
        const { build, problem, ...rest } = pairs[`${label} ${release}`] ?? {};
        const autoinstall = sketch.autoinstall ?? true;
        return {
          module: { name, version },
          kernel: release,
          autoinstall,
          ...(sketch.depends && { depends: sketch.depends }),
          ...rest,
          ...(problem !== undefined && problemOf(problem)),
          ...(build && { build: { ...built(autoinstall), ...build } }),
        };
      }),
    ),
  });
}

function releases(label: string, { kernels, pairs }: Required<Pick<WorldSketch, 'kernels' | 'pairs'>>) {
  const keys = Object.keys(kernels).map((release) => `${label} ${release}`);
  const built = Object.entries(pairs).filter(([key, { build }]) => keys.includes(key) && build);
  const releaseOf = ([key]: [string, PairSketch]) => key.slice(label.length + 1);
  const installed = built.filter(([, { build }]) => build?.installed ?? true);
  return { builtFor: built.map(releaseOf), installedFor: installed.map(releaseOf) };
}

export function moduleId(label: string): { name: string; version: string } {
  const [name = '', version = ''] = label.split('/');
  return { name, version };
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function kernel(release: string, sketch: KernelSketch) {
  const {
    image = 'present',
    headers = 'ready',
    changedAt = 100,
    indexOutdated = false,
    initramfs,
    running,
    weakLinks,
  } = sketch;
  const state: HeadersState =
    headers === 'unusable' ? { state: headers, why: 'modpost is missing' } : { state: headers };
  const isGone = image === 'absent' && headers === 'absent';
  return {
    release,
    arch: 'x86_64',
    image,
    headers: state,
    changedAt: isGone ? 0 : changedAt,
    ...(indexOutdated && { indexOutdated }),
    ...(initramfs && { initramfs }),
    ...(running && { running }),
    ...(weakLinks && { weakLinks }),
  } satisfies KernelFacts;
}

/** Built after the kernel's files were laid down, installed, nothing changed since. */
function built(autoinstall: boolean): BuildFacts {
  return { origin: autoinstall ? 'autoinstall' : 'manual', installed: true, builtAt: 200, changes: [] };
}

function problemOf(message: string) {
  return { problem: { code: 'CONF_INVALID', message } };
}
