import { run } from '../../system/exec.ts';
import { removedWhenStopped } from '../../system/running.ts';
import { TokenPipe } from '../../system/token-pipe.ts';
import type { Layout } from '../layout.ts';
import { findBuildUser } from '../sandbox/build-user.ts';

/** By what a make that we start takes part in our jobserver. */
export interface Jobserver {
  readonly makeFlags: string;
  /** What it has to inherit, as the descriptors from 3 on. */
  readonly descriptors: readonly number[];
}

/** Milliseconds between two looks for a token, which makes that wait for one do not put aside for us. */
const patience = 15;

export type SlotWork<Result> = (giveBack: () => void) => Promise<Result>;

/** Who waits for a slot; `alone`: for all of them. */
interface Waiting {
  readonly alone: boolean;
  readonly go: () => void;
}

/**
 * A GNU make jobserver (make's manual, "POSIX Jobserver Interaction"): all makes of a run, and we who start them, share
 * so many slots. Each make has one for as long as it runs, and takes more from the pipe while it can use them.
 */
export class JobSlots {
  readonly jobserver: Jobserver;
  readonly #pipe: TokenPipe;
  readonly #slots: number;
  readonly #waiting: Waiting[] = [];
  #active = 0;
  #isAlone = false;
  readonly #unfinished: Disposable;
  #timer: NodeJS.Timeout | undefined;

  private constructor(pipe: TokenPipe, slots: number, canUseFifo: boolean) {
    this.#pipe = pipe;
    this.#slots = slots;
    this.#unfinished = removedWhenStopped(pipe.path);
    const own = `-j${slots} --jobserver-auth=`;
    this.jobserver = canUseFifo
      ? { makeFlags: ` ${own}fifo:${pipe.path}`, descriptors: [] }
      : { makeFlags: ` ${own}3,4`, descriptors: [pipe.descriptor, pipe.descriptor] };
  }

  /** @throws KmodsmithError COMMAND_FAILED, WRITE_FAILED. */
  static async open(layout: Layout, slots: number): Promise<JobSlots> {
    const pipe = await TokenPipe.make(layout.jobserver, await findBuildUser(layout.root));
    return new JobSlots(pipe, slots, (await knowsFifos()) && !/\s/.test(layout.jobserver));
  }

  /**
   * Does some work that takes a slot, in the order in which it was asked for; it may give the slot back before its end. Work
   * that failed beside others, and because of them as it may be, is done once more alone.
   */
  async with<Result>(work: SlotWork<Result>, mayBeOthers: (error: unknown) => boolean): Promise<Result> {
    try {
      return await this.#inSlot(work, false);
    } catch (error) {
      if (!(error instanceof BesideOthers && mayBeOthers(error.cause)))
        throw error instanceof BesideOthers ? error.cause : error;
    }
    return this.#inSlot(work, true);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#pipe.remove();
    this.#unfinished[Symbol.dispose]();
  }

  async #inSlot<Result>(work: SlotWork<Result>, alone: boolean): Promise<Result> {
    await new Promise<void>((go) => {
      this.#waiting.push({ go, alone });
      this.#serve();
    });
    let isHeld = true;
    const giveBack = () => {
      if (isHeld) this.#release();
      isHeld = false;
    };
    try {
      return await work(giveBack);
    } catch (error) {
      throw isHeld && this.#active > 1 ? new BesideOthers(error) : error;
    } finally {
      giveBack();
    }
  }

  #release(): void {
    this.#active -= 1;
    this.#isAlone = false;
    this.#pipe.put();
    this.#serve();
  }

  #serve(): void {
    clearTimeout(this.#timer);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (!this.#takeSlot()) {
        this.#timer = setTimeout(() => this.#serve(), patience);
        return;
      }
      this.#waiting.shift();
      this.#active += 1;
      this.#isAlone = next.alone;
      next.go();
    }
  }

  #next(): Waiting | undefined {
    const [next] = this.#waiting;
    return this.#isAlone || (next?.alone && this.#active > 0) ? undefined : next;
  }

  /** While nobody works, every token is ours: those that a make took along when it was killed are made good then. */
  #takeSlot(): boolean {
    if (this.#active > 0) return this.#pipe.take();
    while (this.#pipe.take());
    for (let token = 1; token < this.#slots; token++) this.#pipe.put();
    return true;
  }
}

/** What work threw while there was other work. */
class BesideOthers extends Error {
  constructor(cause: unknown) {
    super('beside others', { cause });
  }
}

/** From GNU make 4.4 on; a make that nobody hands the descriptors to can take part by the FIFO's name. */
async function knowsFifos(): Promise<boolean> {
  const asked = await run(['make', '--version'], { timeoutSeconds: 20 }).catch(() => undefined);
  const [, major, minor] = /GNU Make (\d+)\.(\d+)/.exec(asked?.stdout ?? '') ?? [];
  return Number(major) > 4 || (Number(major) === 4 && Number(minor) >= 4);
}
