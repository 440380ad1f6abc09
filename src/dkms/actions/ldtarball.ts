import { type LoadedArchive, loadArchive as load } from '../../core/archive/load.ts';
import { openArchive } from '../../core/archive/read.ts';
import { installRpm, isRpm } from '../../core/archive/rpm.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import type { DkmsContext } from '../context.ts';
import { readModule } from '../read-module.ts';
import { requireRoot, requireTree } from '../states.ts';
import { addModule } from '../steps/add.ts';
import { openTree } from '../steps/open-tree.ts';
import { namedKernels } from '../targets.ts';

/**
 * `dkms ldtarball FILE`, and `dkms add FILE`, which is the same for root alone (dkms-compat.md section 6.13). Also `build`
 * and `install` of a package, whose module nobody has named.
 */
export async function ldtarball(context: DkmsContext): Promise<number> {
  const { line, layout } = context;
  const file = line.values.archive ?? '';
  if (line.action !== 'ldtarball' || context.has('force')) requireRoot();
  if (isRpm(file)) {
    await installRpm(file);
    return (await import('./autoinstall.ts')).autoinstall(context);
  }
  await requireTree(layout);
  await using _lock = await openTree(context);
  return (await loadAndAdd(context, file)).status;
}

/**
 * The module of an archive, loaded and registered; the caller has the tree.
 * @throws KmodsmithError FILE_MISSING, NOT_AN_ARCHIVE, ARCHIVE_*, MODULE_KNOWN, MODULE_MISMATCH, CONF_*, USAGE.
 */
export async function loadArchive(context: DkmsContext, file: string): Promise<ModuleId> {
  return (await loadAndAdd(context, file)).module;
}

async function loadAndAdd(context: DkmsContext, file: string): Promise<{ module: ModuleId; status: number }> {
  const { layout, framework } = context;
  const [kernel] = namedKernels(context);
  if (kernel === undefined) throw new KmodsmithError('KERNEL_EMPTY', 'no kernel is named');
  await using archive = await openArchive({ file, temporaryFolder: framework.temporaryFolder });
  const loaded = await load({
    layout,
    archive,
    force: context.has('force'),
    identify: (folder) => identify(context, kernel, folder),
  });
  tell(context, loaded);
  const { module, registered } = loaded;
  return { module, status: registered ? 0 : await addModule(context, module, kernel) };
}

/** As strictly as registering it will be: what cannot be registered must not be placed either. */
async function identify(context: DkmsContext, kernel: KernelId, folder: string): Promise<ModuleId> {
  const module = { name: '', version: '' };
  const { conf } = await readModule(context, { module, kernel, errors: 'strict', folder });
  return { name: conf.name, version: conf.version };
}

function tell({ output }: DkmsContext, { module, source, builds }: LoadedArchive): void {
  output.say(`Loading ${module.name}/${module.version}`);
  if (source.state === 'kept')
    output.warn(`${source.path} held another source, which is ${source.earlier} now`);
  if (source.state === 'replaced') output.warn(`${source.path} held another source and was replaced`);
  for (const { state, folder } of builds) {
    if (state === 'skipped') output.warn(`${folder} is there already and stays as it is`);
    else output.say(`Loaded ${folder}`);
  }
}
