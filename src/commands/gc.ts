import { collectGarbage, findGarbage, type Rubbish } from '../apply/gc.ts';
import { moduleLabel } from '../policy/explain.ts';
import { isLocked } from '../system/lock.ts';
import { formatBytes } from './bytes.ts';
import { openContext } from './context.ts';
import { busy, printJson, printLines, progress, say } from './output.ts';
import type { ActingOptions } from './request.ts';

/** `kmodsmith gc`: removes builds of kernels that are gone and what was left behind; says how much space came free. */
export async function runGc(options: ActingOptions): Promise<number> {
  const context = await openContext(options);
  const { dryRun, json } = options;
  if (dryRun && (await isLocked(context.layout.lock))) say(busy);
  const { removed, failed } = dryRun
    ? { removed: await findGarbage(context), failed: [] }
    : await collectGarbage({ ...context, ...progress });
  const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
  if (json) printJson({ version: 1, dryRun, bytes, removed, failed });
  else printLines([...removed.map((one) => line(one, dryRun)), sumLine(removed, { bytes, dryRun })]);
  for (const { path, message } of failed) say(`${path} stays: ${message}`);
  return failed.length === 0 ? 0 : 1;
}

const reasons: Readonly<Record<Rubbish['kind'], string>> = {
  unfinished: 'of something that was cut short',
  build: 'its kernel is gone',
  archive: 'originals of a kernel that is gone',
  link: 'its kernel is gone',
  temporary: 'of a write that was cut short',
  note: 'nobody will ask for it',
  failure: 'of an attempt that counts no more',
  log: 'of an attempt that nobody will ask for',
  queue: 'no recorded call',
};

function line({ kind, path, bytes, build }: Rubbish, dryRun: boolean): string {
  const what = build === undefined ? path : `${moduleLabel(build.module)} for ${build.release}`;
  return `${what}: ${dryRun ? 'would be removed' : 'removed'}, ${reasons[kind]} (${formatBytes(bytes)})`;
}

function sumLine(removed: readonly Rubbish[], { bytes, dryRun }: { bytes: number; dryRun: boolean }): string {
  if (removed.length === 0) return 'Nothing to do.';
  return `${formatBytes(bytes)} ${dryRun ? 'would come' : 'came'} free.`;
}
