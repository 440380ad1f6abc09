import type { KernelId, ModuleId } from '../../policy/types.ts';
import { Fingerprints } from '../../system/fingerprint.ts';
import { machineName } from '../../system/machine.ts';
import { listReleases, readKernelTree } from '../kernels.ts';
import type { BuildCoordinates, Layout } from '../layout.ts';
import { findWeakLinks, RecordedFiles } from './find-links.ts';
import { type JudgedLink, judgeLinks } from './judge-links.ts';
import type { LinkFault } from './weak-link.ts';

/** A link to a module of another kernel, and whether the kernel that has it would load that. */
export interface VerifiedLink {
  readonly module: ModuleId;
  /** The kernel that has the link. */
  readonly kernel: KernelId;
  /** Release of the one that the module was built for. */
  readonly builtFor: string;
  /** Absolute paths inside the root. */
  readonly path: string;
  readonly target: string;
  /** `unknown`: nothing is here to compare with. */
  readonly state: 'fits' | 'broken' | 'unknown';
  /** Where it fits: how many symbols were compared, and whence those of the kernel are. */
  readonly compared?: number;
  readonly symvers?: string;
  readonly findings: readonly LinkFault[];
}

/** Compares anew what kernels load by links, whatever is recorded of them. Changes nothing. */
export async function verifyLinks(
  layout: Layout,
  isWanted: (at: BuildCoordinates) => boolean,
): Promise<VerifiedLink[]> {
  const recorded = new RecordedFiles(layout);
  const fingerprints = new Fingerprints();
  const found: VerifiedLink[] = [];
  for (const release of await listReleases(layout)) {
    const isMeant = ({ link }: JudgedLink) =>
      isWanted({ module: link.at.module, release, arch: machineName });
    const links = await findWeakLinks(layout, release, recorded);
    if (links.length === 0) continue;
    const tree = await readKernelTree(layout, release);
    const judged = await judgeLinks(links, { layout, tree, fingerprints, byProofs: false });
    found.push(...judged.filter(isMeant).map(toVerified));
  }
  return found;
}

function toVerified({ link, verdict }: JudgedLink): VerifiedLink {
  const { at, release, path, target } = link;
  const place = {
    ...{ module: at.module, kernel: { release, arch: machineName } },
    ...{ builtFor: at.release, path, target },
  };
  if (verdict.state === 'broken') return { ...place, state: 'broken', findings: verdict.faults };
  if (verdict.state !== 'unproven') return { ...place, state: verdict.state, findings: [] };
  const { compared, symvers } = verdict.proof;
  return { ...place, state: 'fits', compared, symvers: symvers.path, findings: [] };
}
