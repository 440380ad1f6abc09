import { join } from 'node:path';
import { type ArchiveContent, writeArchive } from '../../core/archive/write.ts';
import { registrationLink } from '../../core/layout.ts';
import { realPath } from '../../system/files.ts';
import { isRoot } from '../../system/machine.ts';
import type { DkmsContext } from '../context.ts';
import { refuseBroken, requireAdded } from '../states.ts';
import { openTree } from '../steps/open-tree.ts';
import { kernelLabel, namedModule, namedOrAllKernels } from '../targets.ts';

/** `dkms mktarball MODULE/VERSION [-k KERNEL]... [--all] [--archive FILE]` (dkms-compat.md section 6.12). */
export async function mktarball(context: DkmsContext): Promise<number> {
  const { layout, line, framework, environment, output } = context;
  const module = namedModule(context);
  await refuseBroken(layout, module);
  await requireAdded(layout, module);
  // Anybody may read the tree, but only root can keep others from changing it meanwhile.
  await using _lock = isRoot() ? await openTree(context) : undefined;
  const kernels = await namedOrAllKernels(context, module);
  const content = contentOf(context);
  const sourceFolder = await realPath(registrationLink(layout, module));
  const conf = line.values.conf || join(sourceFolder, 'dkms.conf');
  if (content !== 'source')
    for (const kernel of kernels) output.say(`Packing the build for ${kernelLabel(kernel)}`);
  output.say(content === 'binaries' ? `Packing ${conf} without its source` : `Packing ${sourceFolder}`);
  const { file } = await writeArchive({
    ...{ layout, module, kernels, content, conf, sourceFolder },
    file: line.values.archive,
    temporaryFolder: framework.temporaryFolder,
    epoch: environment['SOURCE_DATE_EPOCH'],
  });
  output.say(`Tarball location: ${file}`);
  return 0;
}

function contentOf(context: DkmsContext): ArchiveContent {
  if (context.has('sourceOnly')) return 'source';
  return context.has('binariesOnly') ? 'binaries' : 'all';
}
