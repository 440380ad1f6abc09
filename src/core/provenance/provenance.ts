import { symbolVersions } from '../../formats/module-symvers.ts';
import type { InputChange, KernelId, ModuleId, ModuleVersions, Origin } from '../../policy/types.ts';
import { readTextIfPresent } from '../../system/files.ts';
import { type Fingerprint, type Fingerprints, filesBelow } from '../../system/fingerprint.ts';
import type { BuildContext } from '../build/context.ts';
import type { Tool, Tools } from '../build/toolchain.ts';
import { leadsToSecret } from '../sandbox/claims.ts';

/** A file that went into a build. */
export interface InputFile extends Fingerprint {
  readonly path: string;
}

/** Every input of one build by content: `provenance.json` beside its module/ folder. */
export interface Provenance {
  readonly version: 1;
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly origin: Origin;
  /** Milliseconds since the epoch; the start also identifies the build. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** The shell command that built. */
  readonly make: string;
  /** SHA-256 of the evaluated directives: overrides and conditions in dkms.conf count by their effect. */
  readonly directives: string;
  /** Paths relative to the module's source folder. */
  readonly sources: readonly InputFile[];
  /** Patches and scripts of /etc/dkms that win over the module's own: absolute paths. Unknown in older records. */
  readonly overrides?: readonly InputFile[];
  /** Other files that scripts and the build command read, as far as is known: absolute paths. Unknown in older records. */
  readonly reads?: readonly InputFile[];
  /** Headers that the compiler read, by kbuild's `.cmd` files: absolute paths. */
  readonly headers: readonly InputFile[];
  /** Where nobody knows which headers were read: whole folders of them. */
  readonly headerTrees?: readonly HeaderTree[];
  /** Scripts and programs of the kernel's build tree that decide how modules are made. */
  readonly kbuild: readonly InputFile[];
  readonly kernelConfig: InputFile;
  readonly moduleSymvers: InputFile;
  /** CRC of every symbol that the module imports from the kernel. */
  readonly symbols: Readonly<Record<string, string>>;
  readonly tools: readonly Tool[];
  /** The modules that it depends on, as they were installed for the kernel. Unknown in older records. */
  readonly dependencies?: ModuleVersions;
  readonly outputs: readonly BuildOutput[];
  /** With what the modules were to be signed, or why with nothing. No input: see docs/decisions.md. Unknown in older records. */
  readonly signing?: SigningRecord;
  /** Unknown in older records. */
  readonly context?: BuildContext;
}

interface HeaderTree {
  readonly path: string;
  /** Of names, sizes and times: while that is the same, nothing has to be read. */
  readonly digest: string;
  /** Of names and content. Unknown in older records. */
  readonly content?: string;
}

interface BuildOutput {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** Unknown in older records. */
  readonly signed?: boolean;
}

export type SigningRecord =
  | {
      readonly hash: string;
      readonly certificate: string;
      /** Of the certificate's file; empty when it could not be read. */
      readonly certificateSha256: string;
    }
  | {
      readonly hash: string;
      /** What signed in place of sign-file. */
      readonly command: string;
      /** Of the program's file; empty when it could not be read. */
      readonly commandSha256: string;
    }
  | { readonly because: string };

/** What a recorded build is compared with. */
export interface PresentInputs {
  readonly sourceFolder: string;
  /** Where an admin's patches and scripts are, or would be: absolute paths. */
  readonly overrides: readonly string[];
  readonly directives: string;
  /** Without headers nothing can be said of the kernel's inputs, so they count as unchanged. */
  readonly headersReady: boolean;
  /** Where a recorded file of the kernel's build tree is now, when another tree stands in for that. */
  readonly locate?: (path: string) => string;
  readonly fingerprints: Fingerprints;
  readonly tools: Tools;
}

export async function readProvenance(path: string): Promise<Provenance | undefined> {
  const text = await readTextIfPresent(path).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isProvenance(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all that `findChanges` looks at is there; a damaged document is none. */
function isProvenance(document: unknown): document is Provenance {
  const found = document as Partial<Provenance> | null;
  const { overrides = [], reads = [], headerTrees = [] } = found ?? {};
  const { dependencies = {}, tools, symbols } = found ?? {};
  const files = [found?.sources, found?.headers, found?.kbuild, [found?.kernelConfig, found?.moduleSymvers]];
  const lists = [...files, overrides, reads, headerTrees, tools];
  const programs = tools?.every?.((tool) => typeof tool?.program === 'string');
  return (
    found?.version === 1 &&
    typeof found.startedAt === 'number' &&
    Array.isArray(found.outputs) &&
    lists.every((list) => Array.isArray(list) && list.every((file) => typeof file?.path === 'string')) &&
    [symbols, dependencies].every((record) => typeof record === 'object' && record !== null) &&
    programs === true
  );
}

/** Which recorded inputs are no longer what they were. Empty: the build is what it would be if made now. */
export async function findChanges(
  provenance: Provenance,
  present: PresentInputs,
): Promise<readonly InputChange[]> {
  return [
    ...sourceChanges(provenance, present),
    ...overrideChanges(provenance, present),
    ...fileChanges('source', provenance.reads ?? [], (file) => file.path, present.fingerprints),
    ...(present.headersReady ? directiveChanges(provenance, present) : []),
    ...(present.headersReady ? await kernelChanges(provenance, present) : []),
  ];
}

/** Many a dkms.conf looks into the headers to decide what it says. */
function directiveChanges({ directives }: Provenance, present: PresentInputs): InputChange[] {
  return directives === present.directives
    ? []
    : [{ kind: 'directives', name: 'dkms.conf', change: 'changed' }];
}

function sourceChanges(
  { sources }: Provenance,
  { sourceFolder, fingerprints }: PresentInputs,
): InputChange[] {
  const names = new Set(filesBelow(sourceFolder));
  // A source that is gone altogether is the module's problem, not an input that changed.
  if (names.size === 0) return [];
  const recorded = new Set(sources.map((file) => file.path));
  const isInput = (path: string) => !leadsToSecret(path) && fingerprints.of(path) !== undefined;
  const added = [...names].filter((name) => !recorded.has(name) && isInput(`${sourceFolder}/${name}`));
  return [
    ...fileChanges('source', sources, (file) => `${sourceFolder}/${file.path}`, fingerprints),
    ...added.map((name): InputChange => ({ kind: 'source', name, change: 'added' })),
  ];
}

function overrideChanges({ overrides }: Provenance, present: PresentInputs): InputChange[] {
  if (overrides === undefined) return [];
  const recorded = new Set(overrides.map((file) => file.path));
  const added = present.overrides.filter((path) => !recorded.has(path) && present.fingerprints.of(path));
  return [
    ...fileChanges('source', overrides, (file) => file.path, present.fingerprints),
    ...added.map((name): InputChange => ({ kind: 'source', name, change: 'added' })),
  ];
}

async function kernelChanges(
  provenance: Provenance,
  { fingerprints, tools, locate = (path) => path }: PresentInputs,
): Promise<InputChange[]> {
  const place = (file: InputFile) => locate(file.path);
  return [
    ...fileChanges('header', provenance.headers, place, fingerprints),
    ...headerTreeChanges(provenance, locate, fingerprints),
    ...fileChanges('kbuild', provenance.kbuild, place, fingerprints),
    ...fileChanges('kernel-config', [provenance.kernelConfig], place, fingerprints),
    ...(await symbolChanges(provenance, locate(provenance.moduleSymvers.path), fingerprints)),
    ...(await toolChanges(provenance.tools, tools)),
  ];
}

function headerTreeChanges(
  { headerTrees = [] }: Provenance,
  locate: (path: string) => string,
  fingerprints: Fingerprints,
): InputChange[] {
  return headerTrees
    .filter(({ path, digest, content }) => {
      const folder = locate(path);
      if (fingerprints.ofFolder(folder) === digest) return false;
      return content === undefined || fingerprints.contentOfFolder(folder) !== content;
    })
    .map(({ path }) => ({ kind: 'header', name: path, change: 'changed' }));
}

function fileChanges(
  kind: InputChange['kind'],
  recorded: readonly InputFile[],
  pathOf: (file: InputFile) => string,
  fingerprints: Fingerprints,
): InputChange[] {
  return recorded
    .filter((file) => !fingerprints.isSame(pathOf(file), file))
    .map((file) => {
      const change = fingerprints.of(pathOf(file)) === undefined ? 'removed' : 'changed';
      return { kind, name: file.path, change };
    });
}

/** Only the symbols that the module imports count, not the whole of Module.symvers. */
async function symbolChanges(
  provenance: Provenance,
  path: string,
  fingerprints: Fingerprints,
): Promise<InputChange[]> {
  if (fingerprints.isSame(path, provenance.moduleSymvers)) return [];
  const recorded = Object.entries(provenance.symbols);
  const versions = symbolVersions(
    (await readTextIfPresent(path).catch(() => undefined)) ?? '',
    new Set(recorded.map(([name]) => name)),
  );
  return recorded
    .filter(([name, crc]) => versions.get(name)?.crc !== crc)
    .map(([name]) => ({ kind: 'symbol', name, change: versions.has(name) ? 'changed' : 'removed' }));
}

async function toolChanges(recorded: readonly Tool[], tools: Tools): Promise<InputChange[]> {
  const states = await Promise.all(recorded.map((tool) => tools.compare(tool)));
  return recorded.flatMap(({ program }, index): InputChange[] => {
    const change = states[index];
    return change === undefined || change === 'same' ? [] : [{ kind: 'compiler', name: program, change }];
  });
}
