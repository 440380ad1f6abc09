import { join } from 'node:path';
import { type EffectiveValues, effectivePolicy } from '../config/effective-policy.ts';
import type { LoadedPolicy } from '../config/merge-policy.ts';
import { readManifest } from '../core/install/manifest.ts';
import { type BuildCoordinates, type Layout, provenanceFile, resultFolder } from '../core/layout.ts';
import { readProvenance } from '../core/provenance/provenance.ts';
import type { Subject } from '../policy/advice.ts';
import {
  adviseProspect,
  type Explanation,
  knobsToShow,
  type PairFiles,
  type Prospect,
  prospectOf,
} from '../policy/explanation.ts';
import { type HistoryEntry, lastTouch } from '../policy/history.ts';
import type { KnobName } from '../policy/knobs.ts';
import type { ModuleId, Plan } from '../policy/types.ts';
import { exists } from '../system/files.ts';

export interface Explaining {
  readonly layout: Layout;
  readonly loaded: LoadedPolicy;
  /** What looking at everything would make us do. */
  readonly plan: Plan;
  readonly history: readonly HistoryEntry[];
}

export interface Explained extends Explanation {
  /** Those that bear on the pair. */
  readonly knobs: EffectiveValues;
}

/** All that there is to say of a pair: what is on disk beside its build, the policy, the next run and the last one. */
export async function explain(subject: Subject, explaining: Explaining): Promise<Explained> {
  const { pair, module, kernel } = subject;
  const next = prospectOf(subject, explaining.plan);
  const last = lastTouch(explaining.history, pair);
  return {
    ...subject,
    files: await readFiles(explaining.layout, { module, release: kernel.release, arch: kernel.arch }),
    knobs: knobsInForce(module, { next, loaded: explaining.loaded }),
    next,
    advice: adviseProspect(next, subject),
    ...(last !== undefined && { last }),
  };
}

async function readFiles(layout: Layout, at: BuildCoordinates): Promise<PairFiles> {
  const { startedAt, finishedAt } = (await readProvenance(provenanceFile(layout, at))) ?? {};
  const isTimed = startedAt !== undefined && finishedAt !== undefined;
  const manifest = await readManifest(layout, at);
  const log = join(resultFolder(layout, at), 'log/make.log');
  return {
    installed: [...new Set(manifest?.files.map(({ path }) => join(layout.root, path)))],
    ...((await exists(log)) && { log }),
    ...(isTimed && { duration: finishedAt - startedAt }),
  };
}

interface Bearing {
  readonly next: Prospect;
  readonly loaded: LoadedPolicy;
}

function knobsInForce({ name, version }: ModuleId, { next, loaded }: Bearing): EffectiveValues {
  const label = `${name}/${version}`;
  const { modules } = loaded.policies;
  const own = [name, label].flatMap((key) =>
    Object.hasOwn(modules, key) ? Object.keys(modules[key] ?? {}) : [],
  );
  const { knobs } = effectivePolicy(loaded, label);
  const shown = knobsToShow(next, own as KnobName[]);
  return Object.fromEntries(
    shown.flatMap((knob) => (knobs[knob] === undefined ? [] : [[knob, knobs[knob]]])),
  );
}
