import { isSameModule } from '../identity.ts';
import type {
  Facts,
  HeadersState,
  KernelFacts,
  ModuleFacts,
  ModuleId,
  PackageEvent,
  PairFacts,
} from '../types.ts';
import { withPairs } from './effects.ts';
import { type Happening, releases } from './row.ts';

/** The module that the rows are about. */
export const moduleName = 'foo';

/** What is on disk: what a survey would find, and the sources that packages have put there. */
export interface Disk {
  readonly facts: Facts;
  /** By version: what its dkms.conf says of AUTOINSTALL. */
  readonly sources: Readonly<Record<string, boolean>>;
}

export interface Surroundings {
  /** The release that is K. */
  readonly kernel: string;
  /** What the package's dkms.conf says of AUTOINSTALL from now on. */
  readonly autoinstall: boolean;
  /** When, in ms. */
  readonly at: number;
}

/** The event as a package manager tells it. */
export function eventOf(happening: Happening, { kernel, at }: Surroundings): PackageEvent {
  const [subject, transition, object] = happening.split(':') as [
    PackageEvent['subject'],
    PackageEvent['transition'],
    string?,
  ];
  if (subject === 'toolkit') return { subject, transition, at };
  if (subject === 'module') return { subject, transition, at, module: version(object) };
  return { subject, transition, at, kernel: object === 'old' ? releases.old : kernel };
}

function version(object = '1.0'): ModuleId {
  return { name: moduleName, version: object };
}

/** What the event does to the disk. Reconfiguring does nothing, and an abort leaves what was there before. */
export function strike(disk: Disk, event: PackageEvent, { autoinstall }: Surroundings): Disk {
  const { subject, transition, at } = event;
  if (subject === 'toolkit' || transition === 'reconfigure' || transition === 'abort') return disk;
  const comes = transition === 'install' || transition === 'upgrade';
  if (subject !== 'module')
    return changeKernel(disk, event.kernel, comes ? bringing[subject](at) : gone[subject]);
  // A package brings one version, and takes the one before along.
  return read({ ...disk, sources: comes ? { [event.module.version]: autoinstall } : {} });
}

const ready: HeadersState = { state: 'ready' };
const absent: HeadersState = { state: 'absent' };

const bringing = {
  image: (changedAt: number) => ({ image: 'present', changedAt }) as const,
  headers: (changedAt: number) => ({ headers: ready, changedAt }),
};
const gone = { image: { image: 'absent' }, headers: { headers: absent } } as const;

function changeKernel(disk: Disk, release: string, change: Partial<KernelFacts>): Disk {
  const { kernels } = disk.facts;
  const bare: KernelFacts = { release, arch: 'x86_64', image: 'absent', headers: absent, changedAt: 0 };
  const all = kernels.some((kernel) => kernel.release === release) ? kernels : [...kernels, bare];
  const changed = all.map((kernel) => (kernel.release === release ? { ...kernel, ...change } : kernel));
  return read({ ...disk, facts: { ...disk.facts, kernels: changed } });
}

/** As a survey would find it: the modules that the tree knows or the events name, and the kernels that have anything. */
export function read({ facts, sources }: Disk, events: readonly PackageEvent[] = []): Disk {
  const kernels = facts.kernels.filter((kernel) => isThere(kernel, facts));
  const modules = [...facts.modules, ...newcomers(facts, events, sources)];
  const pairs = modules.flatMap((module) =>
    kernels.map(({ release }) => {
      const found = facts.pairs.find((pair) => pair.kernel === release && isSameModule(pair.module, module));
      const { name, version: its } = module;
      const bare = { module: { name, version: its }, kernel: release, autoinstall: false };
      return readPair(found ?? bare, sources[its]);
    }),
  );
  const known = modules.map(({ problem: _read, ...module }) => ({
    ...module,
    ...(!(module.version in sources) && { problem: sourceMissing }),
  }));
  return { sources, facts: withPairs({ kernels, modules: known, pairs }, pairs) };
}

function isThere({ release, image, headers }: KernelFacts, { pairs }: Facts): boolean {
  const isBuilt = pairs.some(({ kernel, build }) => kernel === release && build !== undefined);
  return image === 'present' || headers.state !== 'absent' || isBuilt;
}

function newcomers(
  { modules }: Facts,
  events: readonly PackageEvent[],
  sources: Disk['sources'],
): ModuleFacts[] {
  const named = events.flatMap((event) => (event.subject === 'module' ? [event.module] : []));
  return Object.keys(sources)
    .map(version)
    .filter((module) => named.some((other) => isSameModule(other, module)))
    .filter((module) => !modules.some((other) => isSameModule(other, module)))
    .map((module) => ({ ...module, registered: false, builtFor: [], installedFor: [] }));
}

const sourceMissing = { code: 'SOURCE_MISSING', message: 'its source is not there' };

/** Without its source nobody can say what has changed since a build. */
function readPair(pair: PairFacts, autoinstall: boolean | undefined): PairFacts {
  if (autoinstall !== undefined) return { ...pair, autoinstall };
  const { failure: _unknown, build, ...rest } = pair;
  const found = build && { build: { ...build, changes: [] } };
  return { ...rest, ...found, autoinstall: false, problem: sourceMissing };
}
