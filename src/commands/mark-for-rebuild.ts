import { confReader } from '../apply/conf-reader.ts';
import { lockTree } from '../apply/lock-tree.ts';
import { survey } from '../core/facts.ts';
import type { BuildCoordinates } from '../core/layout.ts';
import { clearMark, markForRebuild } from '../core/rebuild-mark.ts';
import { moduleLabel } from '../policy/explain.ts';
import { everything } from '../policy/scope.ts';
import type { Facts, PairFacts } from '../policy/types.ts';
import { type Context, isNamed, openContext } from './context.ts';
import { printJson, printLines, progress } from './output.ts';
import { type ActingOptions, parseKernels } from './request.ts';
import { requireKernel } from './requirements.ts';

export interface MarkOptions extends ActingOptions {
  readonly module: string | undefined;
  readonly kernel: readonly string[];
  readonly clear: boolean;
}

/**
 * `kmodsmith mark-for-rebuild [MODULE] -k KERNEL…`: the builds for these kernels are made anew at the next occasion,
 * whatever else the policy says, and stay in use until then (policy.md section 3). The marks survive reboots.
 */
export async function runMarkForRebuild(options: MarkOptions): Promise<number> {
  const releases = parseKernels(options.kernel);
  const context = await openContext(options);
  const marked = options.dryRun
    ? findBuilds((await survey(confReader(context), everything)).facts, { ...options, releases })
    : await mark(context, { ...options, releases });
  report(marked, options);
  return 0;
}

interface Marking extends MarkOptions {
  readonly releases: readonly string[];
}

async function mark(context: Context, marking: Marking): Promise<BuildCoordinates[]> {
  const { layout } = context;
  await using _lock = await lockTree({ layout, ...progress });
  const builds = findBuilds((await survey(confReader(context), everything)).facts, marking);
  for (const at of builds) await (marking.clear ? clearMark(layout, at) : markForRebuild(layout, at));
  return builds;
}

/** Those that the marking changes. */
function findBuilds(facts: Facts, { module, releases, clear }: Marking): BuildCoordinates[] {
  return releases.flatMap((release) => {
    const { arch } = requireKernel(facts, release);
    const isChanged = ({ build }: PairFacts) => build !== undefined && (build.marked === true) === clear;
    return facts.pairs
      .filter((pair) => pair.kernel === release && isNamed(pair.module, module) && isChanged(pair))
      .map((pair) => ({ module: pair.module, release, arch }));
  });
}

function report(builds: readonly BuildCoordinates[], { json, dryRun, clear }: MarkOptions): void {
  if (json) {
    printJson({ version: 1, dryRun, clear, builds });
    return;
  }
  const what = clear ? 'no longer marked for rebuild' : 'marked for rebuild';
  const lines = builds.map(({ module, release }) => `${moduleLabel(module)} for ${release}: ${what}`);
  printLines(lines.length === 0 ? ['Nothing to do.'] : lines);
}
