import { join } from 'node:path';
import { isSameModule } from '../../policy/identity.ts';
import { now } from '../../system/clock.ts';
import type { Fingerprints } from '../../system/fingerprint.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { readPlacedFile } from '../install/placed-file.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import type { InputFile } from '../provenance/provenance.ts';
import { toSymbolTable } from '../verify/kernel-symbols.ts';
import { readKernelTarget } from '../verify/kernel-target.ts';
import { type ParsedModule, parseObject } from '../verify/module-needs.ts';
import { checkLinked } from '../verify/verify.ts';
import { type Comparison, compareSymbols } from './compare-symbols.ts';
import { readProof, type WeakProof } from './proof.ts';
import { findSymvers, readSymvers, type SymversFile } from './symvers.ts';
import { type LinkFault, objectOf, type WeakLink } from './weak-link.ts';

/** Whether the kernel would load what a link leads to. */
type LinkVerdict =
  /** By a proof that stands. */
  | { readonly state: 'fits' }
  /** It fits, by this new proof. `changed`: it leads to another file than the earlier proof was about. */
  | { readonly state: 'unproven'; readonly proof: WeakProof; readonly changed: boolean }
  | { readonly state: 'broken'; readonly faults: readonly LinkFault[] }
  /** There is nothing to compare it with, or it cannot be read. */
  | { readonly state: 'unknown' };

export interface JudgedLink {
  readonly link: WeakLink;
  readonly verdict: LinkVerdict;
}

export interface Judging {
  readonly layout: Layout;
  /** Of the kernel that has the links. */
  readonly tree: KernelTree;
  readonly fingerprints: Fingerprints;
  /** Whether proofs of earlier runs count: nothing is read while all of them stand. */
  readonly byProofs: boolean;
}

/** Judges all links of one kernel, which are looked at together: their modules may need each other. */
export async function judgeLinks(links: readonly WeakLink[], judging: Judging): Promise<JudgedLink[]> {
  if (links.length === 0) return [];
  const symvers = await findSymvers(judging.layout, judging.tree);
  if (symvers === undefined) return links.map((link) => ({ link, verdict: unknown }));
  const proven = await Promise.all(links.map((link) => readProven(link, symvers, judging)));
  if (proven.every(({ stands }) => stands))
    return links.map((link) => ({ link, verdict: { state: 'fits' } }));
  const text = await readSymvers(symvers);
  if (text === undefined) return links.map((link) => ({ link, verdict: unknown }));
  const verdicts = await judgeAnew(links, { ...judging, symvers, text });
  return links.map((link, index) => {
    const verdict = verdicts[index] ?? unknown;
    if (verdict.state !== 'unproven') return { link, verdict };
    const { stands = false, proof } = proven[index] ?? {};
    if (stands) return { link, verdict: { state: 'fits' } };
    const changed = proof !== undefined && proof.file.sha256 !== verdict.proof.file.sha256;
    return { link, verdict: { ...verdict, changed } };
  });
}

const unknown: LinkVerdict = { state: 'unknown' };

interface Proven {
  readonly proof?: WeakProof | undefined;
  readonly stands: boolean;
}

async function readProven(link: WeakLink, symvers: SymversFile, judging: Judging): Promise<Proven> {
  if (!judging.byProofs) return { stands: false };
  const proof = await readProof(judging.layout, link);
  const isAboutThis =
    proof !== undefined &&
    proof.symvers.path === symvers.path &&
    proof.file.path === link.target &&
    proof.builtFor.release === link.at.release &&
    isSameModule(proof.module, link.at.module);
  if (!isAboutThis) return { proof, stands: false };
  const files = [proof.symvers, proof.file, ...proof.exporters];
  const same = await Promise.all(files.map((file) => isSame(file, judging)));
  return { proof, stands: !same.includes(false) };
}

async function isSame(file: InputFile, { layout, fingerprints }: Judging): Promise<boolean> {
  return fingerprints.isSame(await resolveInRoot(layout.root, file.path), file);
}

interface Anew extends Judging {
  readonly symvers: SymversFile;
  readonly text: string;
}

/** In the order of the links. */
async function judgeAnew(links: readonly WeakLink[], judging: Anew): Promise<LinkVerdict[]> {
  const read = await Promise.all(links.map((link) => readLinked(link, judging)));
  const modules = read.flatMap((one) => ('module' in one ? [one.module] : []));
  const table = toSymbolTable(judging.text, modules);
  const { layout, tree } = judging;
  const places = links.map(({ path }) => join(layout.root, path));
  const compared = await compareSymbols(modules, { layout, release: tree.release, table, links: places });
  return Promise.all(
    links.map(async (link, index): Promise<LinkVerdict> => {
      const one = read[index];
      if (one === undefined || !('module' in one)) return one ?? unknown;
      const comparison = compared.get(one.module);
      if (comparison === undefined) return unknown;
      if (!('symbols' in comparison)) return { state: 'broken', faults: comparison.faults };
      const proof = await makeProof(link, comparison, judging);
      return proof === undefined ? unknown : { state: 'unproven', proof, changed: false };
    }),
  );
}

async function readLinked(
  link: WeakLink,
  { layout, tree }: Anew,
): Promise<{ readonly module: ParsedModule } | LinkVerdict> {
  const file = await readPlacedFile(layout, link.path);
  if (file === 'missing') return { state: 'broken', faults: [{ code: 'file-missing' }] };
  if ('why' in file) return unknown;
  const host = join(layout.root, link.path);
  const module = parseObject({ name: objectOf(link.path), bytes: file.body, file: host });
  if (module === undefined) return { state: 'broken', faults: [{ code: 'damaged' }] };
  const faults = checkLinked(module, await readKernelTarget(layout, tree));
  return faults.length > 0 ? { state: 'broken', faults } : { module };
}

/** Undefined where a file has gone or changed its kind meanwhile. */
async function makeProof(
  link: WeakLink,
  { symbols, exporters }: Extract<Comparison, { symbols: unknown }>,
  judging: Anew,
): Promise<WeakProof | undefined> {
  const { layout, symvers } = judging;
  const { module, release, arch } = link.at;
  const file = await inputFile(link.target, judging);
  const table = await inputFile(symvers.path, judging);
  const others = await Promise.all(
    exporters.map((path) => inputFile(insideRoot(layout.root, path), judging)),
  );
  const found = others.filter((one) => one !== undefined);
  if (file === undefined || table === undefined || found.length < others.length) return undefined;
  return {
    ...{ version: 1, module, builtFor: { release, arch }, kernel: link.release, link: link.path },
    ...{ file, symvers: table, exporters: found },
    ...{ compared: Object.keys(symbols).length, symbols, at: now() },
  };
}

async function inputFile(path: string, { layout, fingerprints }: Judging): Promise<InputFile | undefined> {
  const fingerprint = fingerprints.of(await resolveInRoot(layout.root, path));
  return fingerprint && { path, ...fingerprint };
}
