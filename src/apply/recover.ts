import { join } from 'node:path';
import { removeUnfinished } from '../core/compile.ts';
import { forgetUnfinished } from '../core/failures.ts';
import { buildFolder, type Layout, moduleFolder } from '../core/layout.ts';
import { restoreSources } from '../core/source.ts';
import { restoreRetired } from '../core/swap.ts';
import { listBuiltReleases, listModules } from '../core/tree.ts';

/**
 * Finishes or undoes what an engine that was killed had begun. The caller holds the tree's lock, so whatever is
 * unfinished belongs to nobody any more.
 */
export async function recover(layout: Layout): Promise<void> {
  for (const module of await listModules(layout)) {
    await removeUnfinished(buildFolder(layout, module));
    for (const release of await listBuiltReleases(layout, module)) {
      await restoreRetired(join(moduleFolder(layout, module), release));
    }
  }
  await restoreSources(layout);
  await forgetUnfinished(layout);
}
