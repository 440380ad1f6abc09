import type { BuildCoordinates } from '../../core/layout.ts';
import { listBuilds, listModules } from '../../core/tree.ts';
import type { ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { fitsGlob } from '../glob.ts';
import { isActive, isAdded, isBroken } from '../states.ts';

/** `dkms status [MODULE[/VERSION]] [-k KERNEL]... [-a ARCH]`, line for line as dkms (dkms-compat.md section 4.3). */
export async function status(context: DkmsContext): Promise<number> {
  const modules = (await listModules(context.layout)).filter((module) => isAsked(context, module));
  const found = await Promise.all(modules.map((module) => readState(context, module)));
  const suffixes = await readSuffixes(context, found);
  for (const filter of filtersOf(context)) {
    for (const module of found) printModule(context, module, { filter, suffixes });
  }
  return 0;
}

function isAsked({ line }: DkmsContext, { name, version }: ModuleId): boolean {
  return fitsGlob(line.module || '*', name) && fitsGlob(line.moduleVersion || '*', version);
}

interface FoundBuild extends BuildCoordinates {
  readonly installed: boolean;
}

interface FoundModule {
  readonly module: ModuleId;
  readonly state: 'broken' | 'added' | 'unknown';
  readonly builds: readonly FoundBuild[];
}

async function readState({ layout }: DkmsContext, module: ModuleId): Promise<FoundModule> {
  if (await isBroken(layout, module)) return { module, state: 'broken', builds: [] };
  if (!(await isAdded(layout, module))) return { module, state: 'unknown', builds: [] };
  const builds = await Promise.all(
    (await listBuilds(layout, module)).map(async (at) => ({ ...at, installed: await isActive(layout, at) })),
  );
  return { module, state: 'added', builds };
}

type Suffixes = ReadonlyMap<BuildCoordinates, string>;

/** What is odd about builds; what finds that out is loaded only when there is one. */
async function readSuffixes(context: DkmsContext, found: readonly FoundModule[]): Promise<Suffixes> {
  const builds = found.flatMap((module) => module.builds);
  if (builds.length === 0) return new Map();
  return (await import('../status-suffixes.ts')).readStatusSuffixes(context, builds);
}

type Filter = (at: BuildCoordinates) => boolean;

/** Each kernel that is asked for has its own turn. */
function filtersOf({ line: { kernels, arches } }: DkmsContext): Filter[] {
  const fits = (kernel: string | undefined, arch: string | undefined): Filter => {
    return (at) => fitsGlob(kernel ?? '*', at.release) && fitsGlob(arch ?? '*', at.arch);
  };
  if (kernels.length === 0) return [fits(undefined, arches[0])];
  return kernels.map((kernel, index) => fits(kernel, arches.length === 1 ? arches[0] : arches[index]));
}

function printModule(
  { output, layout }: DkmsContext,
  { module, state, builds }: FoundModule,
  { filter, suffixes }: { filter: Filter; suffixes: Suffixes },
): void {
  const label = `${module.name}/${module.version}`;
  if (state === 'broken') {
    output.say(`${label}: broken`);
    output.warn(`${label}: its source is gone from ${layout.sourceTree}; reinstall its package or remove it`);
    return;
  }
  const shown = builds.filter(filter);
  if (state === 'added' && shown.length === 0) output.say(`${label}: added`);
  for (const at of shown) {
    const word = at.installed ? 'installed' : 'built';
    output.say(`${label}, ${at.release}, ${at.arch}: ${word}${suffixes.get(at) ?? ''}`);
  }
}
