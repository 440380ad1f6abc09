import { confReader } from '../apply/conf-reader.ts';
import { lockTree } from '../apply/lock-tree.ts';
import { listReleases } from '../core/kernels.ts';
import { checkRegistration, registerModule } from '../core/register.ts';
import { moduleLabel } from '../policy/explain.ts';
import { kindOf } from '../system/files.ts';
import { runningRelease } from '../system/machine.ts';
import { openContext, parseModule } from './context.ts';
import { printJson, printLines, progress, say } from './output.ts';
import type { ActingOptions } from './request.ts';

export interface AddOptions extends ActingOptions {
  readonly module: string;
}

/** `kmodsmith add NAME/VERSION | FOLDER`: registers a module; building it is `run`'s or `install`'s work. */
export async function runAdd(options: AddOptions): Promise<number> {
  const context = await openContext(options);
  const { layout } = context;
  const isFolder =
    options.module.startsWith('.') ||
    options.module.startsWith('/') ||
    (await kindOf(options.module)) === 'folder';
  const what = isFolder ? { folder: options.module } : { module: parseModule(options.module) };
  const [release = runningRelease] = (await listReleases(layout)).reverse();
  if (options.dryRun) {
    const { folder, ...found } = await checkRegistration(confReader(context), what, release);
    return tell(found, options, `would be registered from ${folder}.`);
  }
  await using _lock = await lockTree({ layout, ...progress });
  const registered = await registerModule(confReader(context), what, release);
  return tell(registered, options, "is registered. 'kmodsmith run' builds it for the kernels that need it.");
}

type Registered = Awaited<ReturnType<typeof registerModule>>;

function tell({ module, warnings }: Registered, { dryRun, json }: AddOptions, outcome: string): number {
  for (const warning of warnings) say(`${moduleLabel(module)}: ${warning}`);
  if (json) printJson({ version: 1, dryRun, module, warnings });
  else printLines([`${moduleLabel(module)} ${outcome}`]);
  return 0;
}
