import type { Survey } from '../core/facts.ts';
import type { BuildCoordinates, Layout } from '../core/layout.ts';
import { type BuildSite, rereadSite } from '../core/pairs.ts';
import type { FailureClass } from '../policy/failure-class.ts';
import type { Policies } from '../policy/policies.ts';
import type { Action } from '../policy/types.ts';
import { confReader } from './conf-reader.ts';
import type { EngineSettings } from './engine-settings.ts';

/** What carrying out any action of a plan takes. */
export interface Performing {
  readonly layout: Layout;
  readonly survey: Survey;
  readonly settings: EngineSettings;
  readonly policies: Policies;
  /** What makes images comes after this run, and another run after that. */
  readonly imagesFollow?: boolean;
  /** Told about every action when it begins. */
  readonly onStart?: (action: Action) => void;
}

/** What became of an action: data, because one that fails never stops another. */
export interface Outcome {
  readonly action: Action;
  readonly state: 'done' | 'failed' | 'not-reached';
  /** What came out while it was done, as a sentence without a full stop. */
  readonly note?: string;
  readonly error?: OutcomeError;
}

interface OutcomeError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Of an attempt to build. */
  readonly class?: FailureClass;
  /** Of an attempt to build, as a host path. */
  readonly log?: string;
}

/** An action about one module for one kernel. */
export type PairAction = Extract<Action, { module: unknown; kernel: unknown }>;

/**
 * What the dkms.conf says for the pair, read anew and alone; undefined without a source.
 * @throws KmodsmithError CONF_*.
 */
export async function readSiteOf(
  action: PairAction,
  { layout, policies, survey }: Performing,
): Promise<BuildSite | undefined> {
  const found = survey.site(action.module, action.kernel.release);
  return found && rereadSite(confReader({ layout, policies }), found, action);
}

export function coordinates({ module, kernel }: PairAction): BuildCoordinates {
  return { module, release: kernel.release, arch: kernel.arch };
}
