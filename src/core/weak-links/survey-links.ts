import type { WeakLinkFacts } from '../../policy/types.ts';
import { Fingerprints } from '../../system/fingerprint.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';
import { findWeakLinks, RecordedFiles } from './find-links.ts';
import { type JudgedLink, judgeLinks } from './judge-links.ts';
import { describeLinkFault } from './weak-link.ts';

/** The links of kernels as facts; what serves several kernels is read once. */
export class LinkSurvey {
  readonly #layout: Layout;
  readonly #recorded: RecordedFiles;
  readonly #fingerprints = new Fingerprints();

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#recorded = new RecordedFiles(layout);
  }

  async linksOf(tree: KernelTree): Promise<WeakLinkFacts[]> {
    const layout = this.#layout;
    const links = await findWeakLinks(layout, tree.release, this.#recorded);
    const judging = { layout, tree, fingerprints: this.#fingerprints, byProofs: true };
    return (await judgeLinks(links, judging)).map(toFacts);
  }
}

function toFacts({ link, verdict }: JudgedLink): WeakLinkFacts {
  const place = { module: link.at.module, builtFor: link.at.release, path: link.path };
  switch (verdict.state) {
    case 'fits':
    case 'unknown':
      return { ...place, state: verdict.state };
    case 'unproven':
      return { ...place, state: 'unproven', ...(verdict.changed && { changed: true }) };
    case 'broken': {
      const why = verdict.faults.map((fault) => describeLinkFault(link, fault)).join('; ');
      return { ...place, state: 'broken', why };
    }
  }
}
