import { join, resolve } from 'node:path';
import { confReader } from '../apply/conf-reader.ts';
import { lockTree } from '../apply/lock-tree.ts';
import { recover } from '../apply/recover.ts';
import { type LoadedArchive, loadArchive } from '../core/archive/load.ts';
import { openArchive } from '../core/archive/read.ts';
import { listReleases } from '../core/kernels.ts';
import { identify, registerModule } from '../core/register.ts';
import { moduleLabel } from '../policy/explain.ts';
import { runningRelease } from '../system/machine.ts';
import { openContext } from './context.ts';
import { printJson, printLines, progress, say } from './output.ts';
import type { ActingOptions } from './request.ts';

export interface ImportOptions extends ActingOptions {
  /** The archive: what `export` or `dkms mktarball` wrote, or any tar archive with a module's source. */
  readonly file: string;
  /** Replace the source and the builds of a module that is registered. */
  readonly force: boolean;
}

/** `kmodsmith import FILE [--force]`: registers the module of an archive with the source and the builds that it holds. */
export async function runImport(options: ImportOptions): Promise<number> {
  const context = await openContext(options);
  const { layout, framework } = context;
  const reader = confReader(context);
  const { force, dryRun } = options;
  const temporaryFolder = join(layout.root, framework.temporaryFolder);
  await using archive = await openArchive({ file: resolve(options.file), temporaryFolder });
  await using _lock = dryRun ? undefined : await lockTree({ layout, ...progress });
  if (!dryRun) await recover(layout);
  const [release = runningRelease] = (await listReleases(layout)).reverse();
  const loaded = await loadArchive({
    ...{ layout, archive, force, dryRun },
    identify: (folder) => identify(reader, folder, release),
  });
  const { module } = loaded;
  const warnings = dryRun ? [] : (await registerModule(reader, { module }, release)).warnings;
  for (const warning of warnings) say(`${moduleLabel(module)}: ${warning}`);
  if (options.json) printJson({ version: 1, dryRun, ...loaded, warnings });
  else printLines(describe(loaded, dryRun));
  return 0;
}

const sources: Readonly<Record<LoadedArchive['source']['state'], string>> = {
  copied: 'source copied to',
  same: 'source already at',
  replaced: 'source replaced at',
  kept: 'source replaced at',
  present: 'only builds came; source at',
};

const builds: Readonly<Record<LoadedArchive['builds'][number]['state'], string>> = {
  loaded: 'build loaded for',
  replaced: 'build replaced for',
  skipped: 'build left as it is for',
};

function describe({ module, source, builds: found, registered }: LoadedArchive, dryRun: boolean): string[] {
  const label = moduleLabel(module);
  const kept = source.earlier === undefined ? '' : `, what was there is at ${source.earlier}`;
  return [
    ...(dryRun ? ['This would be done:'] : []),
    `${label}: ${sources[source.state]} ${source.path}${kept}`,
    ...found.map(({ release, arch, state }) => `${label}: ${builds[state]} ${release} (${arch})`),
    ...(registered ? [] : [`${label}: registered. 'kmodsmith run' installs it where it belongs.`]),
  ];
}
