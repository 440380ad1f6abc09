import type { KernelPackage } from '../core/provenance/kernel-package.ts';
import type { Provenance } from '../core/provenance/provenance.ts';
import { explainReason, moduleLabel } from '../policy/explain.ts';
import { origins, type Row, seconds, staleLines } from '../policy/explain-pair.ts';
import type { KernelFacts, ModuleFacts, PairFacts } from '../policy/types.ts';
import { localTime } from './local-time.ts';

/** How things are now. */
interface Present {
  readonly module: ModuleFacts;
  readonly kernel: KernelFacts;
  readonly pair: PairFacts;
}

/** What is recorded of a build, for people: a title and what there is to say under it. */
export function provenanceRows(provenance: Provenance, present: Present | undefined): Row[] {
  const { startedAt, finishedAt, make, tools, context, outputs } = provenance;
  return [
    ['built', `${localTime(startedAt)}, in ${seconds(finishedAt - startedAt)}`],
    ['how', ...howLines(provenance)],
    ['compiler', ...tools.map(toolLine)],
    ['kernel', packageLine(context?.packages.image, present?.kernel.image === 'present')],
    ['headers', packageLine(context?.packages.headers, true), ...inputLines(provenance)],
    ['source', ...sourceLines(provenance)],
    ['command', make],
    ['signed', signingLine(provenance)],
    ['modules', ...outputs.map(({ name, size, sha256 }) => `${name}, ${size} bytes, SHA-256 ${sha256}`)],
    ['changed', ...changeLines(present)],
  ];
}

function howLines({ origin, context, dependencies = {} }: Provenance): string[] {
  const why = context?.because === undefined ? '' : `: ${explainReason(context.because)}`;
  const tool = context === undefined ? '' : `, with kmodsmith ${context.toolkit}`;
  const against = Object.entries(dependencies).map(([name, version]) => moduleLabel({ name, version }));
  return [
    `${origins[origin]}${tool}${why}`,
    ...(against.length === 0 ? [] : [`against ${against.join(', ')}`]),
  ];
}

function toolLine({ path, version, target }: Provenance['tools'][number]): string {
  return `${path}: ${version}${target === undefined ? '' : `, for ${target}`}`;
}

function packageLine(found: KernelPackage | undefined, isThere: boolean): string {
  if (found !== undefined) return `${found.name} ${found.version}`;
  return isThere ? 'of no package that is known' : 'not installed';
}

function inputLines({ headers, headerTrees = [], kbuild, symbols }: Provenance): string[] {
  const whole = headerTrees.length === 0 ? [] : ['a script tried them, so all of them count'];
  const read = `${headers.length} headers read, ${kbuild.length} files of kbuild`;
  return [`${read}, ${Object.keys(symbols).length} symbols of the kernel`, ...whole];
}

function sourceLines({ sources, overrides = [], reads = [], context }: Provenance): string[] {
  const { patches = [], scripts = [], settings = [] } = context ?? {};
  return [
    `${sources.length} files`,
    ...patches.map((name) => `patch ${name}`),
    ...scripts.map(({ name, command, program }) => `${name} ${command} (${program})`),
    ...[...overrides, ...reads, ...settings].map(({ path }) => `with ${path}`),
  ];
}

function signingLine({ signing, outputs }: Provenance): string {
  if (signing === undefined) return 'nothing is recorded about it';
  if ('because' in signing) return `no: ${signing.because}`;
  const unsigned = outputs.filter(({ signed }) => signed === false).map(({ name }) => name);
  const but = unsigned.length === 0 ? '' : `, but ${unsigned.join(', ')} could not be`;
  const how = 'command' in signing ? `by ${signing.command}` : `with ${signing.certificate}`;
  return `${how}, ${signing.hash}${but}`;
}

function changeLines(present: Present | undefined): string[] {
  const build = present?.pair.build;
  if (present === undefined || build === undefined) return ['unknown, the kernel is not looked at'];
  const lines = staleLines(build, present);
  return lines.length === 1 && lines[0] === 'no' ? ['nothing'] : lines;
}
