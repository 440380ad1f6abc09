import { release as runningRelease } from 'node:os';
import { lockTree } from '../apply/lock-tree.ts';
import { listReleases } from '../core/kernels.ts';
import { registerModule } from '../core/register.ts';
import { moduleLabel } from '../policy/explain.ts';
import { kindOf } from '../system/files.ts';
import { type CommonOptions, openContext, parseModule } from './context.ts';
import { printJson, printLines, progress, say } from './output.ts';

export interface AddOptions extends CommonOptions {
  readonly module: string;
}

/** `kmodsmith add NAME/VERSION | FOLDER`: registers a module; building it is `run`'s or `install`'s work. */
export async function runAdd(options: AddOptions): Promise<number> {
  const { layout } = await openContext(options);
  const isFolder =
    options.module.startsWith('.') ||
    options.module.startsWith('/') ||
    (await kindOf(options.module)) === 'folder';
  const what = isFolder ? { folder: options.module } : { module: parseModule(options.module) };
  const [release = runningRelease()] = (await listReleases(layout)).reverse();
  await using _lock = await lockTree({ layout, ...progress });
  const { module, warnings } = await registerModule(layout, what, release);
  for (const warning of warnings) say(`${moduleLabel(module)}: ${warning}`);
  if (options.json) printJson({ version: 1, module, warnings });
  else
    printLines([
      `${moduleLabel(module)} is registered. 'kmodsmith run' builds it for the kernels that need it.`,
    ]);
  return 0;
}
