import { join } from 'node:path';
import { isMarkedForRebuild } from '../../core/rebuild-mark.ts';
import { listModules } from '../../core/tree.ts';
import { KmodsmithError } from '../../errors.ts';
import { compareVersionKeys } from '../../formats/version-key.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { exists } from '../../system/files.ts';
import type { DkmsContext } from '../context.ts';
import { type ReadModule, readModules } from '../read-module.ts';
import { reportError } from '../report-error.ts';
import { isActive, isBroken, isBuilt } from '../states.ts';
import { kernelLabel } from '../targets.ts';
import { requireHeaders } from './build.ts';
import { installForKernel } from './install.ts';
import type { Transaction } from './transaction.ts';

/** What autoinstall has found out and done so far; names of modules throughout. */
interface Progress {
  /** Every module of the tree, also those that are not asked for. */
  readonly known: Set<string>;
  readonly installed: Set<string>;
  readonly skipped: Set<string>;
  /** With the status of the failure. */
  readonly failed: Map<string, number>;
  queue: ReadModule[];
}

/**
 * Installs every module with AUTOINSTALL=yes for a kernel, dependencies first (dkms-compat.md section 6.7). Unlike
 * dkms's, one unreadable dkms.conf stops no other module.
 * @throws KmodsmithError HEADERS_MISSING, AUTOINSTALL_FAILED.
 */
export async function autoinstallKernel(
  context: DkmsContext,
  kernel: KernelId,
  transaction: Transaction,
): Promise<number> {
  const { layout, output } = context;
  if (await exists(join(layout.configFolder, 'no-autoinstall'))) {
    output.say('Automatic installation of modules is switched off by /etc/dkms/no-autoinstall');
    return 0;
  }
  const progress = await openProgress(context, kernel);
  if (progress.queue.length === 0 && progress.failed.size === 0) return 0;
  let ready = takeReady(progress);
  while (ready.length > 0) {
    for (const read of ready) await attempt(context, read, { progress, transaction });
    ready = takeReady(progress);
  }
  return summarize(context, kernel, progress);
}

async function openProgress(context: DkmsContext, kernel: KernelId): Promise<Progress> {
  const newest = await listNewest(context);
  const progress: Progress = {
    known: new Set(newest.map(({ name }) => name)),
    installed: new Set(),
    skipped: new Set(),
    failed: new Map(),
    queue: [],
  };
  const wanted: ModuleId[] = [];
  for (const module of newest) {
    const at = { module, ...kernel };
    const settled = (await isActive(context.layout, at)) && !(await isMarkedForRebuild(context.layout, at));
    if (settled) progress.installed.add(module.name);
    else wanted.push(module);
  }
  const requests = wanted.map((module) => ({ module, kernel, errors: 'lenient' }) as const);
  const reads = wanted.length === 0 ? [] : await readModules(context, requests);
  for (const [index, read] of reads.entries()) {
    if (read instanceof KmodsmithError)
      progress.failed.set(wanted[index]?.name ?? '', reportError(read, context.output));
    else if (read.conf.autoinstall) progress.queue.push(read);
  }
  return progress;
}

/** The highest version of each module, in the tree's order; broken ones are named and left out. */
async function listNewest({ layout, output }: DkmsContext): Promise<ModuleId[]> {
  const newest = new Map<string, ModuleId>();
  for (const module of await listModules(layout)) {
    if (await isBroken(layout, module)) {
      output.warn(
        `${module.name}/${module.version} is broken: its source is gone; reinstall its package or remove it`,
      );
      continue;
    }
    const other = newest.get(module.name);
    if (other === undefined || compareVersionKeys(other.version, module.version) < 0)
      newest.set(module.name, module);
  }
  return [...newest.values()];
}

/** Takes those out of the queue whose dependencies are settled; a module that is not for this kernel counts as that. */
function takeReady(progress: Progress): ReadModule[] {
  const isReady = (read: ReadModule) => missingOf(progress, read).length === 0;
  const ready = progress.queue.filter(isReady);
  progress.queue = progress.queue.filter((read) => !isReady(read));
  return ready;
}

function missingOf({ installed, skipped }: Progress, { conf }: ReadModule): string[] {
  return conf.depends.filter((name) => !installed.has(name) && !skipped.has(name));
}

/** @throws KmodsmithError HEADERS_MISSING: nothing else can be built for this kernel either. */
async function attempt(
  context: DkmsContext,
  { module, kernel, tree }: ReadModule,
  { progress, transaction }: { progress: Progress; transaction: Transaction },
): Promise<void> {
  if (!(await isBuilt(context.layout, { module, ...kernel }))) await requireHeaders(context, tree);
  context.output.say(`Autoinstall of ${module.name}/${module.version} for ${kernelLabel(kernel)}`);
  try {
    await installForKernel(context, { module, kernel, transaction });
    progress.installed.add(module.name);
  } catch (error) {
    if (error instanceof KmodsmithError && error.code === 'MODULE_EXCLUDED') {
      context.output.say(error.message);
      progress.skipped.add(module.name);
    } else {
      progress.failed.set(module.name, reportError(error, context.output));
    }
  }
}

/** @throws KmodsmithError AUTOINSTALL_FAILED. */
function summarize({ output }: DkmsContext, kernel: KernelId, progress: Progress): number {
  const { installed, skipped, failed, known, queue } = progress;
  const on = `Autoinstall for ${kernelLabel(kernel)}`;
  const list = (names: Iterable<string>) => [...names].join(' ');
  if (installed.size > 0) output.say(`${on}: installed are ${list(installed)}`);
  if (skipped.size > 0) output.say(`${on}: not for this kernel are ${list(skipped)}`);
  if (failed.size > 0)
    output.warn(`${on}: failed are ${list([...failed].map(([name, status]) => `${name}(${status})`))}`);
  const waiting = queue.map((read) => ({ read, missing: missingOf(progress, read) }));
  const blocked = waiting.filter(({ missing }) => missing.some((name) => known.has(name)));
  const deferred = waiting.filter((entry) => !blocked.includes(entry));
  for (const { read, missing } of blocked)
    output.warn(`${on}: ${read.module.name} needs ${list(missing)}, which could not be installed`);
  for (const { read, missing } of deferred)
    output.say(`${on}: ${read.module.name} waits for ${list(missing)}, which no package has registered yet`);
  if (failed.size + blocked.length === 0) return 0;
  const names = list([...failed.keys(), ...blocked.map(({ read }) => read.module.name)]);
  throw new KmodsmithError('AUTOINSTALL_FAILED', `${on} did not succeed for ${names}`, {
    hint: 'The errors above say why.',
  });
}
