import { join, resolve } from 'node:path';
import { lockTree } from '../apply/lock-tree.ts';
import { type ArchiveContent, writeArchive } from '../core/archive/write.ts';
import type { Layout } from '../core/layout.ts';
import { isRegistered, listBuilds, sourceFolder as readSourceFolder } from '../core/tree.ts';
import { KmodsmithError } from '../errors.ts';
import { moduleLabel } from '../policy/explain.ts';
import type { KernelId, ModuleId } from '../policy/types.ts';
import { isRoot } from '../system/machine.ts';
import { openContext, parseModule } from './context.ts';
import { printJson, printLines, progress } from './output.ts';
import { type ActingOptions, parseKernels } from './request.ts';

export interface ExportOptions extends ActingOptions {
  readonly module: string;
  /** Whose builds go into the archive; all that there are when none is given. */
  readonly kernel: readonly string[];
  readonly sourceOnly: boolean;
  readonly binariesOnly: boolean;
  /** A file; a bare name is one of the working folder. Default: in the module's own folder for archives. */
  readonly output?: string | undefined;
}

/** `kmodsmith export NAME/VERSION [-k KERNEL]… [--source-only | --binaries-only] [-o FILE]`: packs what any dkms can load. */
export async function runExport(options: ExportOptions): Promise<number> {
  const { layout, framework } = await openContext(options);
  const module = parseModule(options.module);
  if (!(await isRegistered(layout, module))) {
    throw new KmodsmithError('MODULE_UNKNOWN', `${options.module} is not registered`, {
      hint: "'kmodsmith status' lists what is.",
    });
  }
  await using _lock = isRoot() && !options.dryRun ? await lockTree({ layout, ...progress }) : undefined;
  const sourceFolder = await readSourceFolder(layout, module);
  const kernels = await chooseKernels(layout, module, parseKernels(options.kernel));
  const content = contentOf(options, kernels.length > 0);
  const written = await writeArchive({
    ...{ layout, module, kernels, content, sourceFolder },
    conf: join(sourceFolder, 'dkms.conf'),
    file: options.output === undefined ? undefined : resolve(options.output),
    temporaryFolder: join(layout.root, framework.temporaryFolder),
    epoch: process.env['SOURCE_DATE_EPOCH'],
    dryRun: options.dryRun,
  });
  if (options.json) printJson({ version: 1, dryRun: options.dryRun, ...written });
  else printLines([describe(written.kernels, { options, module, file: written.file })]);
  return 0;
}

/** @throws KmodsmithError BINARIES_AND_SOURCE, NOT_BUILT when there is nothing but source. */
function contentOf({ sourceOnly, binariesOnly, module }: ExportOptions, hasBuilds: boolean): ArchiveContent {
  if (sourceOnly && binariesOnly) {
    throw new KmodsmithError('BINARIES_AND_SOURCE', '--source-only and --binaries-only exclude each other');
  }
  if (sourceOnly || (!binariesOnly && !hasBuilds)) return 'source';
  if (binariesOnly && !hasBuilds) throw new KmodsmithError('NOT_BUILT', `${module} has no builds to pack`);
  return binariesOnly ? 'binaries' : 'all';
}

/** @throws KmodsmithError NOT_BUILT for a kernel that is named without a build for it. */
async function chooseKernels(
  layout: Layout,
  module: ModuleId,
  releases: readonly string[],
): Promise<KernelId[]> {
  const builds = (await listBuilds(layout, module)).map(({ release, arch }) => ({ release, arch }));
  if (releases.length === 0) return builds;
  const missing = releases.find((release) => !builds.some((build) => build.release === release));
  if (missing === undefined) return builds.filter(({ release }) => releases.includes(release));
  throw new KmodsmithError('NOT_BUILT', `${moduleLabel(module)} is not built for ${missing}`, {
    hint: `Build it first: kmodsmith build ${module.name}/${module.version} -k ${missing}`,
  });
}

interface Described {
  readonly options: ExportOptions;
  readonly module: ModuleId;
  readonly file: string;
}

function describe(kernels: readonly KernelId[], { options, module, file }: Described): string {
  const source = options.binariesOnly ? [] : ['its source'];
  const builds = kernels.map(({ release, arch }) => `the build for ${release} (${arch})`);
  const what = [...source, ...builds].join(', ') || 'its dkms.conf';
  return `${moduleLabel(module)}: ${options.dryRun ? 'would write' : 'wrote'} ${what} to ${file}`;
}
