import { resolve } from 'node:path';
import { version } from '../../package.json';
import { KmodsmithError } from '../errors.ts';
import { canonicalJson } from '../formats/canonical-json.ts';
import type { Policies } from '../policy/policies.ts';
import type { Facts, PackageEvent, Plan } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { kindOf, readLimited, writeAtomically } from '../system/files.ts';
import { sha256 } from '../system/fingerprint.ts';
import { isSavedPlan, planKind } from './plan-shape.ts';

/** A plan with all that it was made from: whoever has it can decide again. Plain data. */
export interface SavedPlan {
  readonly kind: typeof planKind;
  readonly version: 1;
  /** The version of kmodsmith. */
  readonly madeBy: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Absolute path. */
  readonly root: string;
  /** Those of the queue and those that were given. */
  readonly events: readonly PackageEvent[];
  /** Names of the queue's files that the events came from. */
  readonly records: readonly string[];
  /** Of the facts as canonical JSON. */
  readonly factsSha256: string;
  readonly facts: Facts;
  readonly policies: Policies;
  readonly plan: Plan;
}

export type PlanBasis = Pick<SavedPlan, 'root' | 'events' | 'records' | 'facts' | 'policies' | 'plan'>;

export function toSavedPlan(basis: PlanBasis): SavedPlan {
  const common = { kind: planKind, version: 1, madeBy: version, madeAt: now() } as const;
  return { ...common, ...basis, factsSha256: digestFacts(basis.facts) };
}

/** SHA-256, the same for the same facts. */
export function digestFacts(facts: Facts): string {
  return sha256(canonicalJson(facts));
}

/** @throws KmodsmithError WRITE_FAILED, also for what is there and no regular file. */
export async function writePlanFile(path: string, saved: SavedPlan): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'folder' || kind === 'other') {
    throw new KmodsmithError('WRITE_FAILED', `${path} cannot be written: it is no regular file`);
  }
  await writeAtomically(resolve(path), `${JSON.stringify(saved, undefined, 2)}\n`);
}

/** Bytes. The facts about 200 modules and 20 kernels are 2 MB. */
const maximumSize = 64 * 1024 * 1024;

/** @throws KmodsmithError FILE_MISSING, READ_FAILED, PLAN_INVALID for what is no plan, or was changed since. */
export async function readPlanFile(path: string): Promise<SavedPlan> {
  const bytes = await readLimited(path, maximumSize).catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === 'ENOENT';
    const why = isMissing ? `there is no ${path}` : `${path} cannot be read: ${error.message}`;
    throw new KmodsmithError(isMissing ? 'FILE_MISSING' : 'READ_FAILED', why, { cause: error });
  });
  if (typeof bytes === 'string') throw invalid(`${path} is no plan`);
  const document = parse(bytes.toString('utf8'));
  if (!isSavedPlan(document)) throw invalid(`${path} is no plan that this kmodsmith can read`);
  if (digestFacts(document.facts) !== document.factsSha256) {
    throw invalid(`${path} was changed after it was saved: its facts do not have the digest that it names`);
  }
  return document;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string): KmodsmithError {
  return new KmodsmithError('PLAN_INVALID', message, {
    hint: "'kmodsmith plan --output FILE' saves one.",
  });
}
