import { leastSpace } from '../../core/build/failures.ts';
import type { Layout } from '../../core/layout.ts';
import { moduleLabel } from '../../policy/explain.ts';
import type { Facts } from '../../policy/types.ts';
import { freeSpace } from '../../system/free-space.ts';
import type { Queue } from '../queue.ts';
import type { Finding } from '../repair.ts';
import type { Diagnosis } from './diagnosis.ts';

export function checkQueue({ events, rubbish }: Queue): Diagnosis[] {
  const check = 'queue';
  const found: Diagnosis[] = [];
  const many = events.length === 1 ? 'one event waits' : `${events.length} events wait`;
  if (events.length > 0)
    found.push({ check, level: 'problem', message: `${many} to be applied`, next: 'kmodsmith run' });
  if (rubbish.length > 0)
    found.push({
      check,
      level: 'note',
      message: `${rubbish.join(', ')}: no recorded call`,
      next: 'kmodsmith gc',
    });
  return found.length > 0 ? found : [{ check, level: 'ok', message: 'no event waits' }];
}

/** Modules of which nothing can be built, and attempts that failed. */
export function checkModules({ modules, pairs }: Facts): Diagnosis[] {
  const broken = modules.flatMap(({ problem, ...module }): Diagnosis[] => {
    // What has no source is told by what repair finds.
    if (problem === undefined || problem.code === 'SOURCE_MISSING') return [];
    const message = `${moduleLabel(module)}: ${problem.message}`;
    return [
      {
        check: 'modules',
        level: 'problem',
        message,
        next: `kmodsmith explain ${module.name}/${module.version}`,
      },
    ];
  });
  const failed = pairs.flatMap(({ module, kernel, failure }): Diagnosis[] => {
    if (failure === undefined) return [];
    const [summary] = failure.summary.split('\n');
    const message = `${moduleLabel(module)} for ${kernel} failed: ${summary}`;
    const next = `kmodsmith explain ${module.name}/${module.version} -k ${kernel}; the log: ${failure.log}`;
    return [{ check: 'failures', level: 'problem', message, next }];
  });
  const fine: Diagnosis = { check: 'failures', level: 'ok', message: 'no failure is remembered' };
  return [...broken, ...(failed.length > 0 ? failed : [fine])];
}

/** In bytes: with less a large module may not be built. */
const largeSpace = 1_000_000_000;

export async function checkSpace({ dkmsTree }: Layout): Promise<Diagnosis[]> {
  const free = await freeSpace(dkmsTree);
  if (free === undefined) return [];
  const message = `${Math.trunc(free / 1_000_000)} MB are free below ${dkmsTree}`;
  const level = free < leastSpace ? 'problem' : free < largeSpace ? 'note' : 'ok';
  return [{ check: 'space', level, message, ...(level !== 'ok' && { next: 'kmodsmith gc' }) }];
}

export function checkInstalled(faults: readonly Finding[]): Diagnosis[] {
  const check = 'installed';
  const sources = faults.flatMap((fault): Diagnosis[] => {
    if (fault.kind !== 'source-missing') return [];
    const { name, version } = fault.module;
    const next = `install its package again, or: kmodsmith remove ${name}/${version}`;
    return [{ check, level: 'problem', message: `${moduleLabel(fault.module)}: ${fault.why}`, next }];
  });
  const others = faults.length - sources.length;
  if (others === 0 && sources.length > 0) return sources;
  if (others === 0) return [{ check, level: 'ok', message: 'tree, records and installed modules agree' }];
  const message = `${others === 1 ? 'one thing is' : `${others} things are`} not as recorded`;
  return [
    { check, level: 'problem', message, next: 'kmodsmith repair --dry-run, then kmodsmith repair' },
    ...sources,
  ];
}
