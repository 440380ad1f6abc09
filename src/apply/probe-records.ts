import { join } from 'node:path';
import type { JobSlots } from '../core/build/jobserver.ts';
import { recordProbes } from '../core/build/probes.ts';
import type { BuildRequest } from '../core/build/request.ts';
import type { Layout } from '../core/layout.ts';
import type { Plan } from '../policy/types.ts';
import { removeTree } from '../system/files.ts';
import { removedWhenStopped } from '../system/running.ts';

/** So many builds for a kernel make up for asking beforehand. */
const worthwhile = 3;

interface ProbeRecord {
  /** Set when there is anything to answer. */
  makefile?: string | undefined;
  readonly ended: Promise<void>;
}

/** What compilers were asked, for each kernel that several modules are built for. It lasts as long as its run. */
export class ProbeRecords {
  readonly #folder: string;
  readonly #builds = new Map<string, number>();
  readonly #begun = new Map<string, ProbeRecord>();
  readonly #unfinished: Disposable;

  constructor({ actions }: Plan, { probes }: Layout) {
    this.#folder = probes;
    this.#unfinished = removedWhenStopped(probes);
    for (const action of actions) {
      if (action.do !== 'build') continue;
      const { release } = action.kernel;
      this.#builds.set(release, 1 + (this.#builds.get(release) ?? 0));
    }
  }

  /** It takes a slot like a build; one that fails leaves builds to ask for themselves. */
  begin(request: BuildRequest, slots: JobSlots): void {
    const { release } = request.kernel;
    const key = keyOf(request);
    if (this.#begun.has(key) || (this.#builds.get(release) ?? 0) < worthwhile) return;
    const folder = join(this.#folder, String(this.#begun.size));
    const ended = slots
      .with(
        () => recordProbes(request, folder),
        () => false,
      )
      .then((makefile) => {
        record.makefile = makefile;
      })
      .catch(() => undefined);
    const record: ProbeRecord = { ended };
    this.#begun.set(key, record);
  }

  makefileFor(request: BuildRequest): string | undefined {
    return this.#begun.get(keyOf(request))?.makefile;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#begun.values()].map(({ ended }) => ended));
    if (this.#begun.size > 0) await removeTree(this.#folder);
    this.#unfinished[Symbol.dispose]();
  }
}

/** A policy may give one module another compiler than the others. */
function keyOf({ kernel, tree, settings }: BuildRequest): string {
  return JSON.stringify([kernel.release, tree.path, settings.toolchain, settings.sandbox !== undefined]);
}
