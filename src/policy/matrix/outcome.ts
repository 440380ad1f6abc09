import type { Action, BuildFacts, Facts } from '../types.ts';
import { moduleName } from './disk.ts';
import type { Act } from './play.ts';

/** What one decision comes to for the module and a kernel. */
export type Outcome =
  /** What is installed stays as it is. */
  | 'kept'
  | 'nothing'
  | 'built'
  | 'rebuilt'
  /** Another version has taken its place. */
  | 'carried'
  /** An existing build was installed. */
  | 'installed'
  /** Removed before anything was in its place. */
  | 'replaced'
  | 'removed'
  | 'uninstalled'
  | 'waits';

export function outcomeFor(release: string, act: Act): Outcome {
  const [was, is] = [installedIn(act.before, release), installedIn(act.after, release)];
  if (is === undefined) return was === undefined ? leftOut(release, act) : goneFrom(release, act);
  if (is.build.builtAt === was?.build.builtAt) return 'kept';
  const steps = act.plan.actions.filter(isFor(release));
  if (was === undefined) return steps.some((step) => step.do === 'build') ? 'built' : 'installed';
  const installs = steps.findIndex((step) => step.do === 'install');
  if (steps.slice(0, installs).some(takesAway)) return 'replaced';
  return was.version === is.version ? 'rebuilt' : 'carried';
}

function isFor(release: string): (action: Action) => boolean {
  return (action) => 'kernel' in action && action.kernel.release === release;
}

function goneFrom(release: string, { after }: Act): Outcome {
  return isBuilt(after, release) ? 'uninstalled' : 'removed';
}

function leftOut(release: string, { before, plan, after }: Act): Outcome {
  if (isBuilt(before, release) && !isBuilt(after, release)) return 'removed';
  const isWaiting = plan.skipped.some(
    ({ kernel, because }) => kernel === release && because.code === 'headers-missing',
  );
  return isWaiting ? 'waits' : 'nothing';
}

function takesAway({ do: what }: Action): boolean {
  return what === 'uninstall' || what === 'unbuild';
}

/** What is installed, in whatever version. */
export function installedIn({ pairs }: Facts, release: string): Installed | undefined {
  return own(pairs, release).flatMap(({ module: { version }, build }): Installed[] =>
    build?.installed === true ? [{ version, build }] : [],
  )[0];
}

interface Installed {
  readonly version: string;
  readonly build: BuildFacts;
}

function isBuilt({ pairs }: Facts, release: string): boolean {
  return own(pairs, release).some(({ build }) => build !== undefined);
}

function own(pairs: Facts['pairs'], release: string) {
  return pairs.filter(({ module, kernel }) => module.name === moduleName && kernel === release);
}
