import { join } from 'node:path';
import { readElf } from '../../formats/elf.ts';
import { type ElfKind, elfKindOf } from '../../formats/kernel-machine.ts';
import { modinfoValue, parseModinfo } from '../../formats/modinfo.ts';
import { isPlainFile, readTextIfPresent } from '../../system/files.ts';
import { moduleSuffixes } from '../build/compress.ts';
import { readModuleFile } from '../install/module-file.ts';
import type { KernelTree } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';

/** What every module of a kernel has in common, as far as it is certain. */
export interface KernelTarget {
  readonly release: string;
  readonly kind?: ElfKind;
  /** As the kernel's own modules have it; nobody else knows for sure which words are in it. */
  readonly vermagic?: string;
}

/** Read once for a tree, which serves every module of a run. */
export function readKernelTarget(layout: Layout, tree: KernelTree): Promise<KernelTarget> {
  const known = targets.get(tree) ?? readTarget(layout, tree);
  targets.set(tree, known);
  return known;
}

const targets = new WeakMap<KernelTree, Promise<KernelTarget>>();

async function readTarget(
  layout: Layout,
  { release, config, own, given }: KernelTree,
): Promise<KernelTarget> {
  const settings = (own ?? config)?.settings;
  const byConfig = settings && elfKindOf(settings);
  // Of a kernel that is not installed, the modules may be those of the one before it.
  const found = given === undefined ? await readOwnModule(modulesFolder(layout, release)) : undefined;
  const kind = found?.kind ?? byConfig;
  return {
    release,
    ...(kind && { kind }),
    ...(found?.vermagic !== undefined && { vermagic: found.vermagic }),
  };
}

/** As many of the first modules are looked for; those that are gone may be in another package, or archived. */
const tries = 8;

async function readOwnModule(folder: string): Promise<Omit<KernelTarget, 'release'> | undefined> {
  const order = (await readTextIfPresent(join(folder, 'modules.order')).catch(() => undefined)) ?? '';
  for (const line of order.split('\n', tries)) {
    const path = await findModule(folder, line);
    const { body } = (path && (await readModuleFile(path).catch(() => undefined))) || {};
    const elf = body && readElf(body);
    const modinfo = elf && parseModinfo(elf, body);
    const vermagic = modinfo && modinfoValue(modinfo, 'vermagic')?.trim();
    // Anything may be in its place that is not the kernel's own.
    if (elf && vermagic && modinfoValue(modinfo, 'intree') === 'Y') return { kind: elf, vermagic };
  }
  return undefined;
}

async function findModule(folder: string, line: string): Promise<string | undefined> {
  const base = /^(kernel\/.+)\.k?o$/.exec(line)?.[1];
  if (base === undefined) return undefined;
  const paths = moduleSuffixes.map((suffix) => join(folder, `${base}${suffix}`));
  for (const path of paths) if (await isPlainFile(path)) return path;
  return undefined;
}
