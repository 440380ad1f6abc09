import { prepareUname } from '../core/build/environment.ts';
import { JobSlots, type Jobserver, type SlotWork } from '../core/build/jobserver.ts';
import type { BuildRequest } from '../core/build/request.ts';
import { prepareShortcuts } from '../core/build/shortcuts.ts';
import type { Layout } from '../core/layout.ts';
import type { Action, Plan } from '../policy/types.ts';
import { availableMemory, processorCount } from '../system/machine.ts';
import { releaseMemory } from '../system/memory.ts';
import { type BuildAction, maySucceedAlone } from './build-pair.ts';
import type { Outcome } from './performing.ts';
import { prerequisites } from './prerequisites.ts';
import { ProbeRecords } from './probe-records.ts';
import { Turns } from './turns.ts';

/** What a build asks the pool for. */
export interface BuildPermit {
  readonly jobserver: Jobserver;
  /** Has what kbuild finds the same for all modules of a kernel recorded when there are several; nobody waits for that. */
  recordProbes(request: BuildRequest): void;
  /** A makefile that knows what kbuild finds the same for every module, as far as there is one by now. */
  probesFor(request: BuildRequest): string | undefined;
  /** Does what has to be found out before; one build at a time. */
  prepare<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Does what comes after compiling; one build at a time, as all have their modules in memory then. */
  finish<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Compiles in a folder, when there is a slot and no other build is in that folder; once more and alone when the machine
   * had not enough for several.
   */
  compile<Result>(folder: string, work: SlotWork<Result>): Promise<Result>;
}

export interface BuildPoolOptions {
  readonly layout: Layout;
  /** How many compilers may run side by side; by default as many as there are processors and memory for. */
  readonly jobs?: number | undefined;
  /** Builds, unless something that went before speaks against it. */
  readonly attempt: (action: BuildAction, ask: () => Promise<BuildPermit>) => Promise<Outcome>;
}

/** Bytes that a compiler and what is around it may take. */
const memoryPerJob = 400 * 1024 ** 2;

/** 0 is any number, for make and for framework.conf; more than the machine can take gains nothing. */
function jobCount(wanted: number | undefined): number {
  if (wanted !== undefined && wanted > 0) return wanted;
  return Math.max(1, Math.min(processorCount, Math.floor(availableMemory() / memoryPerJob)));
}

/**
 * Builds ahead of the rest of a plan, side by side: each is begun as soon as all that it has to wait for is settled.
 * However many they are, together they have one jobserver's slots.
 */
export class BuildPool implements AsyncDisposable {
  readonly #actions: readonly Action[];
  readonly #needs: readonly number[];
  readonly #options: BuildPoolOptions;
  readonly #turns = new Turns();
  readonly #probes: ProbeRecords;
  readonly #begun = new Map<BuildAction, Promise<Outcome>>();
  #slots: Promise<JobSlots> | undefined;

  constructor(plan: Plan, options: BuildPoolOptions) {
    this.#actions = plan.actions;
    this.#needs = prerequisites(plan.actions);
    this.#options = options;
    this.#probes = new ProbeRecords(plan, options.layout);
  }

  /** Begins what need not wait any longer, when so many actions of the plan are settled. */
  advance(settled: number): void {
    for (const [index, action] of this.#actions.entries()) {
      if (action.do !== 'build' || this.#begun.has(action) || (this.#needs[index] ?? 0) > settled) continue;
      this.#begun.set(
        action,
        this.#options.attempt(action, () => this.#permit()),
      );
    }
  }

  /** What becomes of a build whose turn in the plan has come. */
  outcomeOf(action: BuildAction): Promise<Outcome> {
    const outcome = this.#begun.get(action);
    if (outcome === undefined) throw new Error('a build that waits for itself');
    return outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#begun.values());
    await this.#probes.close();
    await (await this.#slots?.catch(() => undefined))?.close();
  }

  async #permit(): Promise<BuildPermit> {
    this.#slots ??= openSlots(this.#options);
    const slots = await this.#slots;
    return {
      jobserver: slots.jobserver,
      recordProbes: (request) => this.#probes.begin(request, slots),
      probesFor: (request) => this.#probes.makefileFor(request),
      prepare: (work) => this.#turns.take('prepare', work),
      finish: (work) => this.#turns.take('finish', () => work().finally(releaseMemory)),
      compile: (folder, work) => this.#turns.take(folder, () => slots.with(work, maySucceedAlone)),
    };
  }
}

/** Most plans have nothing to build, and need none of it. */
async function openSlots({ layout, jobs }: BuildPoolOptions): Promise<JobSlots> {
  await prepareUname(layout);
  await prepareShortcuts(layout);
  return JobSlots.open(layout, jobCount(jobs));
}
