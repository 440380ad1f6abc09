import { basename, join, relative } from 'node:path';
import type { Distribution } from '../../distros/index.ts';
import { indexedModules, moduleName } from '../../formats/module-index.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { exists, readTextIfPresent } from '../../system/files.ts';
import { objectName } from '../install/built-files.ts';
import { type InstalledModule, listInstalledModules } from '../install/installed-modules.ts';
import type { InstalledFile } from '../install/manifest.ts';
import { type PlacedFile, readPlacedFile } from '../install/placed-file.ts';
import { findImage, readKernelTree, releaseOfTree } from '../kernels.ts';
import { type BuildCoordinates, type Layout, modulesFolder } from '../layout.ts';
import { type Enforcement, findEnforcement } from '../signing/enforcement.ts';
import { type JudgedSignature, judgeSignature, type SignatureMachine } from '../signing/judge-signature.ts';
import { readSecureBoot, type SecureBoot } from '../signing/secure-boot.ts';
import { judgeInstalled } from './judge-installed.ts';
import { readSymbolTable } from './kernel-symbols.ts';
import { readKernelTarget } from './kernel-target.ts';
import type { ModuleFault } from './module-faults.ts';
import { type ParsedModule, parseObject } from './module-needs.ts';
import { checkSymbols } from './symbol-check.ts';
import { indexOffers } from './symbol-offers.ts';
import { checkObject } from './verify.ts';

/** What is wrong with a module file that is installed. */
export type Finding =
  | ModuleFault
  | { readonly code: 'nothing-there' }
  | { readonly code: 'file-missing' }
  | { readonly code: 'file-unreadable'; readonly why: string }
  /** In bytes. */
  | { readonly code: 'file-changed'; readonly size: number; readonly installed: number }
  | { readonly code: 'not-indexed' }
  /** Another file of that name, as modules.dep lists it. */
  | { readonly code: 'hidden'; readonly by: string }
  | { readonly code: 'signature-missing'; readonly by: Enforcement }
  | { readonly code: 'signature-damaged' }
  /** By a certificate, a path inside the root. */
  | { readonly code: 'signature-broken'; readonly certificate: string };

export interface VerifiedFile {
  readonly module: ModuleId;
  readonly kernel: KernelId;
  /** Absolute path inside the root; left out for a build of which no file is found. */
  readonly path?: string;
  /** Left out for what cannot be read. */
  readonly signed?: boolean;
  readonly signature?: JudgedSignature;
  readonly findings: readonly Finding[];
}

interface VerifiedKernel {
  readonly release: string;
  /** Without the Module.symvers of its headers nobody knows what the kernel exports. */
  readonly symbols: 'checked' | 'unknown';
}

export interface Verification {
  readonly kernels: readonly VerifiedKernel[];
  readonly files: readonly VerifiedFile[];
}

/**
 * Whether what is installed is there, is what was installed, and would be loaded by the kernel that it is for. Reads, and
 * changes nothing; each kernel's table of symbols is read once for all modules.
 */
export async function verifyInstalled(
  layout: Layout,
  options: { readonly distribution: Distribution; readonly isWanted: (at: BuildCoordinates) => boolean },
): Promise<Verification> {
  const installed = await listInstalledModules(layout, options);
  const releases = [...new Set(installed.map(({ at }) => at.release))].sort();
  const boot = await readSecureBoot(layout);
  const machine = { layout, distribution: options.distribution, boot };
  const kernels: VerifiedKernel[] = [];
  const files: VerifiedFile[] = [];
  for (const release of releases) {
    // What is left of a build when its kernel is gone is for others to clear away.
    if (!(await exists(modulesFolder(layout, release)))) continue;
    const own = installed.filter(({ at }) => at.release === release);
    const found = await verifyKernel(machine, release, own);
    kernels.push(found.kernel);
    files.push(...found.files);
  }
  return { kernels, files };
}

async function verifyKernel(
  machine: SignatureMachine & { readonly boot: SecureBoot },
  release: string,
  installed: readonly InstalledModule[],
) {
  const { layout, boot } = machine;
  const tree = await readKernelTree(layout, release);
  const read: Read[] = [];
  for (const module of installed) read.push(await readInstalled(machine, module));
  const parsed = read.flatMap(({ parsed: one }) => (one === undefined ? [] : [one]));
  const isOfKernel = (await releaseOfTree(tree.path)) === release;
  const table = isOfKernel ? await readSymbolTable(tree, parsed) : undefined;
  const except = parsed.map(({ name }) => name);
  const symbolFaults = await checkSymbols(parsed, table, (open) =>
    indexOffers(layout, { release, except }, open),
  );
  const target = await readKernelTarget(layout, tree);
  const index = await readIndex(layout, release);
  const enforcement = findEnforcement(tree, boot);
  const files = read.map(
    ({ installed: { at, path }, file, parsed: one, findings, signature }): VerifiedFile => {
      const own = one === undefined ? [] : [...checkObject(one, target), ...(symbolFaults.get(one) ?? [])];
      const { signed } = file ?? {};
      const placed = path === undefined || file === undefined ? [] : index(path);
      const ofSignature = file === undefined ? [] : signatureFindings(file, signature, enforcement);
      return {
        ...{ module: at.module, kernel: { release, arch: at.arch } },
        ...(path !== undefined && { path }),
        ...(signed !== undefined && { signed }),
        ...(signature !== undefined && { signature }),
        findings: [...findings, ...own, ...placed, ...ofSignature],
      };
    },
  );
  const symbols = table === undefined ? ('unknown' as const) : ('checked' as const);
  return { kernel: { release, symbols }, files };
}

interface Read {
  readonly installed: InstalledModule;
  readonly file?: PlacedFile;
  readonly parsed?: ParsedModule;
  readonly signature?: JudgedSignature;
  /** Of the file as such. */
  readonly findings: readonly Finding[];
}

async function readInstalled(machine: SignatureMachine, installed: InstalledModule): Promise<Read> {
  const { layout } = machine;
  const { at, path, recorded } = installed;
  if (path === undefined) return { installed, findings: [{ code: 'nothing-there' }] };
  const file = await readPlacedFile(layout, path);
  if (file === 'missing') return { installed, findings: [{ code: 'file-missing' }] };
  if ('why' in file) return { installed, findings: [{ code: 'file-unreadable', why: file.why }] };
  const name = objectName(basename(path)) ?? basename(path);
  const parsed = parseObject({ name, bytes: file.body });
  const signature = await judgeSignature(file, at, machine);
  const read = { installed, file, ...(parsed && { parsed }), ...(signature && { signature }) };
  if (recorded.length > 0 && !(await isSound(layout, at, recorded))) {
    const change = { code: 'file-changed', size: file.size, installed: recorded[0]?.size ?? 0 } as const;
    return { ...read, findings: [change] };
  }
  return { ...read, findings: parsed === undefined ? [{ code: 'damaged' }] : [] };
}

async function isSound(
  layout: Layout,
  at: BuildCoordinates,
  recorded: readonly InstalledFile[],
): Promise<boolean> {
  const verdicts = await Promise.all(recorded.map((file) => judgeInstalled(layout, at, file)));
  return verdicts.includes('sound');
}

/** A signature that is there and not right keeps a module from being loaded wherever its key is known. */
function signatureFindings(
  { signature }: PlacedFile,
  judged: JudgedSignature | undefined,
  enforcement: Enforcement | undefined,
): Finding[] {
  if (signature === 'damaged') return [{ code: 'signature-damaged' }];
  if (judged?.checked === 'broken' && judged.certificate !== undefined)
    return [{ code: 'signature-broken', certificate: judged.certificate }];
  const isMissing = signature === undefined && enforcement !== undefined;
  return isMissing ? [{ code: 'signature-missing', by: enforcement }] : [];
}

/** Tells whether modprobe finds a file. For what is left of a kernel there is nothing to tell. */
async function readIndex(layout: Layout, release: string): Promise<(path: string) => Finding[]> {
  const folder = modulesFolder(layout, release);
  if ((await findImage(layout, release)) === undefined) return () => [];
  const text = await readTextIfPresent(join(folder, 'modules.dep')).catch(() => undefined);
  const listed = indexedModules(text ?? '');
  return (path) => {
    const own = relative(folder, join(layout.root, path));
    if (listed.includes(own)) return [];
    const by = listed.find((other) => moduleName(other) === moduleName(own));
    return [by === undefined ? { code: 'not-indexed' } : { code: 'hidden', by }];
  };
}
