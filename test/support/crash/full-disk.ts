import type { CrashRoots } from './crash-roots.ts';
import { compare, judge, type Reference } from './judge.ts';
import { type Phase, type PhaseName, phases } from './phases.ts';
import type { Scarcity } from './scarce-disk.ts';
import type { TrialResult } from './trial.ts';

export interface Levels {
  readonly phase: PhaseName;
  /** How many, from a disk on which nothing fits to one that is just too small. */
  readonly count: number;
}

/** What is wrong with what becomes of a phase on a disk that is full at each of the levels. */
export async function fillDisk(roots: CrashRoots, { phase, count }: Levels): Promise<string[]> {
  const reference = await observe(roots, phase, { free: Number.MAX_SAFE_INTEGER });
  const { bytes } = reference.done.first;
  const problems: string[] = [];
  let short = 0;
  for (let level = 0; level < count; level++) {
    const free = Math.floor((bytes * level) / count / 4096) * 4096;
    const result = await roots.run({ phase, deaths: [], disk: { free } });
    if (result.first.status !== 0) short += 1;
    const found = judgeScarce(result, reference, /no space|ENOSPC/i);
    if (found.length > 0)
      problems.push(`${phase} with ${free} of ${bytes} bytes\n${found.join('\n')}\n${result.said}`);
  }
  console.log(`full disk: ${phase}: ${short} of ${count} did not end, ${problems.length} problems`);
  return problems;
}

/** As fillDisk, for folders that cannot be written to. */
export async function lockDisk(
  roots: CrashRoots,
  { phase, readOnly }: { phase: PhaseName; readOnly: readonly string[] },
): Promise<string[]> {
  const reference = await observe(roots, phase);
  const disk: Scarcity = { readOnly };
  const result = await roots.run({ phase, deaths: [], disk });
  const found = judgeScarce(result, reference, /read-only|EROFS/i);
  return found.length === 0 ? [] : [`${phase} with ${readOnly.join()}\n${found.join('\n')}\n${result.said}`];
}

/** Who asked for something and was told that it failed is not to get it by surprise, when there is room again. */
async function observe(roots: CrashRoots, phase: PhaseName, disk?: Scarcity): Promise<Reference> {
  const done = await roots.run({ phase, deaths: [], ...(disk && { disk }) });
  const { isAsked }: Phase = phases[phase];
  return isAsked ? { done, untold: await roots.run({ phase, deaths: [], isUntold: true }) } : { done };
}

/** The engine says what it lacks, nothing that worked is lost, and the next one ends as if nothing had been. */
function judgeScarce(result: TrialResult, reference: Reference, why: RegExp): string[] {
  const { done } = reference;
  const { status, said, state } = result.first;
  const isClear = status === 0 || (status === 1 && why.test(said));
  const found = judge(result, reference);
  if (!isClear) found.push(`ended with ${status} and did not say why`);
  const lost = Object.keys(done.modules.after).filter(
    (path) => path in result.modules.before && !(path in state),
  );
  return [...found, ...lost.map((path) => `lost meanwhile: ${path}`)];
}

/** Removing takes no room: it has to work at once, however full the disk is. */
export async function removeFromFullDisk(roots: CrashRoots, phase: PhaseName): Promise<string[]> {
  const done = await roots.run({ phase, deaths: [] });
  const result = await roots.run({ phase, deaths: [], disk: { free: 0 } });
  const difference = compare(result.first.state, done.state);
  const failed = result.first.status === 0 ? [] : [`ended with ${result.first.status}`];
  const found = [...failed, ...difference, ...judge(result, { done })];
  return found.length === 0 ? [] : [`${phase}\n${found.join('\n')}\n${result.said}`];
}
