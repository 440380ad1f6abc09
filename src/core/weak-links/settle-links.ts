import { dirname, join } from 'node:path';
import { isSameModule } from '../../policy/identity.ts';
import type { ModuleId } from '../../policy/types.ts';
import { syncFolder } from '../../system/durable.ts';
import { pruneEmptyFolders, removeTree } from '../../system/files.ts';
import { Fingerprints } from '../../system/fingerprint.ts';
import { listReleases, readKernelTree } from '../kernels.ts';
import { type BuildCoordinates, type Layout, modulesFolder, weakFolder } from '../layout.ts';
import { findWeakLinks, RecordedFiles } from './find-links.ts';
import { type JudgedLink, judgeLinks } from './judge-links.ts';
import { forgetProof, forgetVoidProofs, readProof, writeProof } from './proof.ts';

export interface Settling {
  readonly layout: Layout;
  /** The kernel that has the links. */
  readonly release: string;
  /** Whether links to the module are looked after. */
  readonly isWanted: (module: ModuleId) => boolean;
  /** Told of the links that go, or lead to something else than before, before anything is done about them. */
  readonly onChange: (changed: readonly JudgedLink[]) => Promise<void>;
}

/**
 * Judges the links of a kernel by what is on disk now. Those that do not fit go, the links alone; for those that fit a
 * proof is kept. Where nobody can tell, all stays as it is.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function settleLinks(settling: Settling): Promise<JudgedLink[]> {
  const { layout, release, isWanted, onChange } = settling;
  const judged = await judgeKernelLinks(layout, release);
  const wanted = judged.filter(({ link }) => isWanted(link.at.module));
  const changed = wanted.filter(
    ({ verdict }) => verdict.state === 'broken' || (verdict.state === 'unproven' && verdict.changed),
  );
  if (changed.length > 0) await onChange(changed);
  for (const one of wanted) {
    if (one.verdict.state === 'broken') await removeLink(layout, one);
    if (one.verdict.state === 'unproven') await writeProof(layout, one.verdict.proof);
  }
  await forgetVoidProofs(layout, release);
  return wanted;
}

/** The folder of all links is the kernel package's. */
async function removeLink(layout: Layout, { link }: JudgedLink): Promise<void> {
  const path = join(layout.root, link.path);
  await removeTree(path);
  await pruneEmptyFolders(dirname(path), join(modulesFolder(layout, link.release), weakFolder));
  await syncFolder(dirname(path));
  await forgetProof(layout, link);
}

/**
 * Keeps proofs of the links to a build that a tool has just made for other kernels. What it leaves that does not fit, and
 * links that have led there before, are for whoever looks at those kernels.
 * @throws KmodsmithError WRITE_FAILED.
 */
export async function proveNewLinks(layout: Layout, at: BuildCoordinates): Promise<void> {
  for (const release of await listReleases(layout)) {
    if (release === at.release) continue;
    for (const { link, verdict } of await judgeKernelLinks(layout, release)) {
      const isOwn = isSameModule(link.at.module, at.module) && link.at.release === at.release;
      if (!isOwn || verdict.state !== 'unproven') continue;
      if ((await readProof(layout, link)) === undefined) await writeProof(layout, verdict.proof);
    }
  }
}

async function judgeKernelLinks(layout: Layout, release: string): Promise<JudgedLink[]> {
  const links = await findWeakLinks(layout, release, new RecordedFiles(layout));
  if (links.length === 0) return [];
  const tree = await readKernelTree(layout, release);
  return judgeLinks(links, { layout, tree, fingerprints: new Fingerprints(), byProofs: true });
}
