import { join } from 'node:path';
import { isUnfinished, removePrivate, removeUnfinished } from '../core/build/compile.ts';
import { forgetUnfinished, listUnfinishedLogs } from '../core/build/failures.ts';
import { listPrivateFolders } from '../core/build/place.ts';
import { type CutShort, listRetired, restoreRetired } from '../core/build/swap.ts';
import { forgetLagOfGoneKernels } from '../core/initramfs/lag.ts';
import { buildFolder, type Layout, moduleFolder } from '../core/layout.ts';
import { listUnplaced, restoreSources } from '../core/source.ts';
import { listBuiltReleases, listModules } from '../core/tree.ts';
import { exists, existsAsEntry, isTemporary, removeTree } from '../system/files.ts';
import { filesBelow } from '../system/fingerprint.ts';

/**
 * Finishes or undoes what an engine that was killed had begun. The caller holds the tree's lock, so whatever is
 * unfinished belongs to nobody any more.
 */
export async function recover(layout: Layout): Promise<void> {
  for (const module of await listModules(layout)) {
    await removeUnfinished(buildFolder(layout, module));
    for (const folder of await listPrivateFolders(layout, module)) await removePrivate(folder);
    for (const release of await listBuiltReleases(layout, module)) {
      await restoreRetired(join(moduleFolder(layout, module), release));
    }
  }
  await removeTree(layout.jobserver);
  if (await exists(layout.probes)) await removePrivate(layout.probes);
  // No later write has the name of an attempt's, and takes away what an earlier one left. All are made under the lock.
  for (const name of filesBelow(layout.logs, isTemporary)) await removeTree(join(layout.logs, name));
  await restoreSources(layout);
  await forgetUnfinished(layout);
  await forgetLagOfGoneKernels(layout);
}

/** What `recover` would remove and put back, for whoever is to be told. */
export async function listCutShort(layout: Layout): Promise<CutShort[]> {
  const found: CutShort[] = [];
  for (const module of await listModules(layout)) {
    const folder = buildFolder(layout, module);
    if (await isUnfinished(folder)) found.push({ path: folder });
    found.push(...(await listPrivateFolders(layout, module)).map((path) => ({ path })));
    for (const release of await listBuiltReleases(layout, module))
      found.push(...(await listRetired(join(moduleFolder(layout, module), release))));
  }
  for (const path of [layout.jobserver, layout.probes]) if (await existsAsEntry(path)) found.push({ path });
  const logs = listUnfinishedLogs(layout).map((path) => ({ path }));
  return [...found, ...(await listUnplaced(layout)), ...logs];
}
