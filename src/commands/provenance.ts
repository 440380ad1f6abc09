import { confReader } from '../apply/conf-reader.ts';
import { survey } from '../core/facts.ts';
import { type BuildCoordinates, provenanceFile } from '../core/layout.ts';
import { attest } from '../core/provenance/attestation.ts';
import { type Provenance, readProvenance } from '../core/provenance/provenance.ts';
import { listBuilds } from '../core/tree.ts';
import { KmodsmithError } from '../errors.ts';
import { moduleLabel } from '../policy/explain.ts';
import { findPair } from '../policy/requests.ts';
import type { Facts } from '../policy/types.ts';
import { type CommonOptions, openContext } from './context.ts';
import { printJson, printLines } from './output.ts';
import { provenanceRows } from './provenance-rows.ts';
import { parseKernels } from './request.ts';
import { requireNamed } from './requirements.ts';

export interface ProvenanceOptions extends CommonOptions {
  readonly module: string;
  /** None: every kernel that has a build. */
  readonly kernel: readonly string[];
}

interface Recorded {
  readonly at: BuildCoordinates;
  readonly provenance: Provenance | undefined;
}

/**
 * `kmodsmith provenance MODULE[/VERSION] [-k KERNEL]…`: what is recorded of builds; with `--json` the attestation of one.
 * @throws KmodsmithError NOT_BUILT, NOT_RECORDED, USAGE.
 */
export async function runProvenance(options: ProvenanceOptions): Promise<number> {
  const releases = parseKernels(options.kernel);
  const context = await openContext(options);
  const { layout } = context;
  const [name = ''] = options.module.split('/');
  const { facts } = await survey(confReader(context), {
    everything: false,
    kernels: [],
    modules: [{ name }],
  });
  const found: Recorded[] = [];
  for (const module of requireNamed(facts, options.module)) {
    for (const at of await listBuilds(layout, module)) {
      if (releases.length > 0 && !releases.includes(at.release)) continue;
      found.push({ at, provenance: await readProvenance(provenanceFile(layout, at)) });
    }
  }
  if (found.length === 0) throw notBuilt(options);
  if (options.json) {
    const { at, provenance } = requireOne(found);
    printJson(await attest(layout, at, provenance));
    return 0;
  }
  const pages = found.map((one) => page(one, facts));
  printLines(pages.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])));
  return 0;
}

function notBuilt({ module, kernel }: ProvenanceOptions): KmodsmithError {
  const where = kernel.length === 0 ? '' : ` for ${kernel.join(', ')}`;
  return new KmodsmithError('NOT_BUILT', `${module} is not built${where}`, {
    hint: "'kmodsmith status' lists what is.",
  });
}

/** @throws KmodsmithError USAGE, NOT_RECORDED. */
function requireOne(found: readonly Recorded[]): Required<Recorded> & { provenance: Provenance } {
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const builds = found.map(({ at }) => `${at.module.name}/${at.module.version} -k ${at.release}`);
    throw new KmodsmithError('USAGE', 'an attestation is of one build', {
      hint: `Give one of: ${builds.join(', ')}.`,
    });
  }
  const { at, provenance } = only;
  if (provenance !== undefined) return { at, provenance };
  throw new KmodsmithError(
    'NOT_RECORDED',
    `nothing is recorded of what ${moduleLabel(at.module)} for ${at.release} was built from`,
    { hint: 'Another tool made it. kmodsmith install … --rebuild makes one that is recorded.' },
  );
}

function page({ at, provenance }: Recorded, facts: Facts): string[] {
  const title = `${moduleLabel(at.module)} for ${at.release}`;
  if (provenance === undefined)
    return [title, '  Another tool made it; nobody has recorded when and from what.'];
  const pair = findPair(facts, at.module, at.release);
  const module = requireNamed(facts, `${at.module.name}/${at.module.version}`)[0];
  const kernel = facts.kernels.find(({ release, arch }) => release === at.release && arch === at.arch);
  const now = pair && module && kernel && { pair, module, kernel };
  const rows = provenanceRows(provenance, now);
  const width = Math.max(...rows.map(([heading]) => heading.length));
  return [
    title,
    ...rows.flatMap(([heading, ...lines]) =>
      lines.map((line, index) => `  ${(index === 0 ? heading : '').padEnd(width)}  ${line}`),
    ),
  ];
}
