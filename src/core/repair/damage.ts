import { basename, join } from 'node:path';
import type { KernelFacts, ModuleFacts } from '../../policy/types.ts';
import { exists, linkTarget, listFolder, readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import { insideRoot } from '../../system/root.ts';
import type { Survey } from '../facts.ts';
import type { Placement } from '../install/destinations.ts';
import { findOwnFiles } from '../install/installed-files.ts';
import { type InstalledFile, type Manifest, readManifest } from '../install/manifest.ts';
import {
  activeLink,
  type BuildCoordinates,
  type Layout,
  modulesFolder,
  provenanceFile,
  resultFolder,
} from '../layout.ts';
import { readProvenance } from '../provenance/provenance.ts';
import { isArch, listBuiltReleases, listModules } from '../tree.ts';
import { judgeInstalled } from '../verify/judge-installed.ts';
import { findOrphans } from './orphan-files.ts';

/** Where the tree, the manifests and /lib/modules do not agree, and what makes them agree again. */
export type Damage =
  /** A recorded file that is not what was built; `from` is the built one. */
  | (Of<'file-missing' | 'file-altered'> & { readonly file: InstalledFile; readonly from: string })
  /** What is installed is of an earlier build, or the install was cut short: installing the build mends it. */
  | Of<'not-in-place' | 'install-cut-short'>
  | Of<'build-damaged'>
  | (Of<'manifest-missing'> & { readonly manifest: Manifest })
  | Of<'manifest-outlived' | 'uninstall-cut-short' | 'build-gone'>
  | Of<'link-lost'>
  /** `files` are what it had installed: host paths. */
  | (Of<'link-without-build'> & { readonly files: readonly string[] });

interface Of<Kind extends string> {
  readonly kind: Kind;
  readonly at: BuildCoordinates;
}

export interface Inspection {
  readonly layout: Layout;
  readonly survey: Survey;
  readonly placement: Placement;
}

/** Everything that is wrong with what is installed. Kernels without a folder have nothing that could be. */
export async function findDamage(inspection: Inspection): Promise<Damage[]> {
  const { layout } = inspection;
  const found: Damage[] = [];
  for (const at of await listResults(layout)) {
    if (!(await exists(modulesFolder(layout, at.release)))) continue;
    found.push(...(await inspect(inspection, at)));
  }
  for (const at of await listLinks(layout)) {
    if (await exists(resultFolder(layout, at))) continue;
    found.push({ kind: 'link-without-build', at, files: await findOrphans(inspection, at) });
  }
  return found;
}

/** Result folders, also those that hold no modules any more. */
async function listResults(layout: Layout): Promise<BuildCoordinates[]> {
  const found: BuildCoordinates[] = [];
  for (const module of await listModules(layout)) {
    for (const release of await listBuiltReleases(layout, module)) {
      const folder = join(resultFolder(layout, { module, release, arch: 'any' }), '..');
      for (const { name } of (await listFolder(folder)).filter((entry) => isArch(entry.name)))
        found.push({ module, release, arch: name });
    }
  }
  return found;
}

/** What active links lead to, be it there or not. */
async function listLinks(layout: Layout): Promise<BuildCoordinates[]> {
  const found: BuildCoordinates[] = [];
  for (const { name } of (await listFolder(layout.dkmsTree)).filter((entry) => entry.isDirectory())) {
    for (const entry of await listFolder(join(layout.dkmsTree, name))) {
      if (!entry.isSymbolicLink() || !entry.name.startsWith('kernel-')) continue;
      const target = (await linkTarget(join(layout.dkmsTree, name, entry.name))) ?? '';
      const [version = '', release = '', arch = ''] = target.split('/').slice(-3);
      if (entry.name === `kernel-${release}-${arch}`)
        found.push({ module: { name, version }, release, arch });
    }
  }
  return found;
}

async function inspect(inspection: Inspection, at: BuildCoordinates): Promise<Damage[]> {
  const { layout } = inspection;
  const active = (await linkTarget(activeLink(layout, at)))?.split('/').at(-3);
  const manifest = await readManifest(layout, at);
  const isBuilt = await exists(join(resultFolder(layout, at), 'module'));
  if (!isBuilt)
    return active === at.module.version || manifest !== undefined ? [{ kind: 'build-gone', at }] : [];
  if (active === at.module.version) return inspectInstalled(inspection, at, manifest);
  if (manifest === undefined) return [];
  if (active !== undefined) return [{ kind: 'manifest-outlived', at }];
  const isRecorded = (await readProvenance(provenanceFile(layout, at))) !== undefined;
  if (manifest.build === 0 && isRecorded) return [{ kind: 'install-cut-short', at }];
  const verdicts = await Promise.all(manifest.files.map((file) => judgeInstalled(layout, at, file)));
  return [{ kind: verdicts.every((one) => one === 'sound') ? 'link-lost' : 'uninstall-cut-short', at }];
}

async function inspectInstalled(
  inspection: Inspection,
  at: BuildCoordinates,
  manifest: Manifest | undefined,
): Promise<Damage[]> {
  const { layout } = inspection;
  const startedAt = (await readProvenance(provenanceFile(layout, at)))?.startedAt;
  if (manifest === undefined) return inspectUnlisted(inspection, at, startedAt ?? 0);
  if (manifest.build === 0 && startedAt !== undefined) return [{ kind: 'install-cut-short', at }];
  const found: Damage[] = [];
  for (const file of manifest.files) {
    const verdict = await judgeInstalled(layout, at, file);
    if (verdict === 'sound') continue;
    const from = builtOf(layout, at, file);
    const isSame = await holds(from, file);
    const isOfBuild = manifest.build === (startedAt ?? 0);
    const kind = isOfBuild ? 'build-damaged' : 'not-in-place';
    if (isSame) found.push({ kind: verdict, at, file, from });
    else if (!found.some((other) => other.kind === kind)) found.push({ kind, at });
  }
  return found;
}

/** dkms leaves no manifest; one that is there tells whose the files are whatever becomes of the build. */
async function inspectUnlisted(
  { layout, survey, placement }: Inspection,
  at: BuildCoordinates,
  build: number,
): Promise<Damage[]> {
  const objects = survey.site(at.module, at.release)?.conf.objects;
  const { own } = await findOwnFiles({ layout, at, placement, objects });
  if (own.length === 0) return [{ kind: 'not-in-place', at }];
  const files: InstalledFile[] = [];
  const altered: Damage[] = [];
  for (const path of own) {
    const inside = insideRoot(layout.root, path);
    const bytes = await readBytes(path).catch(() => Buffer.alloc(0));
    const file = { path: inside, size: bytes.length, sha256: sha256(bytes) };
    const from = builtOf(layout, at, file);
    const built = await readBytes(from).catch(() => undefined);
    const verdict = await judgeInstalled(layout, at, { ...file, sha256: '' });
    const asBuilt = built && { path: inside, size: built.length, sha256: sha256(built) };
    files.push(verdict === 'sound' ? file : (asBuilt ?? file));
    if (verdict !== 'sound' && asBuilt) altered.push({ kind: verdict, at, file: asBuilt, from });
  }
  return [{ kind: 'manifest-missing', at, manifest: { version: 1, build, files } }, ...altered];
}

function builtOf(layout: Layout, at: BuildCoordinates, { path }: InstalledFile): string {
  return join(resultFolder(layout, at), 'module', basename(path));
}

async function holds(path: string, { sha256: expected }: InstalledFile): Promise<boolean> {
  const bytes = await readBytes(path).catch(() => undefined);
  return bytes !== undefined && sha256(bytes) === expected;
}

/** Registered modules whose link leads to no source: a package that is half removed, or a folder that somebody deleted. */
export function sourceless(modules: readonly ModuleFacts[]): ModuleFacts[] {
  return modules.filter(({ registered, problem }) => registered && problem?.code === 'SOURCE_MISSING');
}

/** Kernels whose module index does not match what is installed. */
export function outdatedIndexes(kernels: readonly KernelFacts[]): KernelFacts[] {
  return kernels.filter(({ image, indexOutdated }) => image === 'present' && indexOutdated === true);
}
