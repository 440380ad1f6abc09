import type { DkmsContext } from '../context.ts';
import { requireRoot, requireTree } from '../states.ts';
import { addModule } from '../steps/add.ts';
import { bringSource } from '../steps/bring-source.ts';
import { openTree } from '../steps/open-tree.ts';
import { namedKernels, namedModule } from '../targets.ts';

/** `dkms add MODULE/VERSION | FOLDER | dkms.conf | ARCHIVE` (dkms-compat.md section 6.1). */
export async function add(context: DkmsContext): Promise<number> {
  const { line, layout } = context;
  if (line.values.archive !== undefined) return (await import('./ldtarball.ts')).ldtarball(context);
  await requireTree(layout);
  const [kernel] = namedKernels(context);
  if (kernel === undefined) return 0;
  if (line.sourceFolder === undefined) {
    const module = namedModule(context);
    await using _lock = await openTree(context);
    return await addModule(context, module, kernel);
  }
  requireRoot();
  await using _lock = await openTree(context);
  return await addModule(context, await bringSource(context, line.sourceFolder), kernel);
}
