import type { Survey } from '../core/facts.ts';
import { forgetLag, type Lag, leaveLag, noteLag, readLag } from '../core/initramfs/lag.ts';
import { isMadeByOthers } from '../core/initramfs/made-by-others.ts';
import { updateInitramfs } from '../core/initramfs/update.ts';
import { builtNames, objectName } from '../core/install/built-files.ts';
import { readManifest } from '../core/install/manifest.ts';
import type { Layout } from '../core/layout.ts';
import { KmodsmithError, messageOf } from '../errors.ts';
import { isSameModule } from '../policy/identity.ts';
import type { Action, Plan } from '../policy/types.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { Outcome } from './performing.ts';

export interface LookingAfter {
  readonly layout: Layout;
  readonly survey: Survey;
  readonly settings: Pick<EngineSettings, 'onWarning'>;
  /** Hooks that make images follow, and after them a run that looks whether they did. */
  readonly imagesFollow?: boolean;
}

type Update = Extract<Action, { do: 'initramfs' }>;
type Change = Extract<Action, { do: 'install' | 'uninstall' | 'unbuild' }>;

/**
 * Leaves a note of what is about to change where the plan comes to the initramfs later: who finds it knows that nobody
 * did. That it cannot be written keeps nothing from being removed.
 */
export async function noteChange(action: Action, plan: Plan, options: LookingAfter): Promise<void> {
  const update = plan.actions.find(
    (other): other is Update => other.do === 'initramfs' && counts(other, action),
  );
  if (update === undefined || !isChange(action)) return;
  await note(update, await objectsOf(action, options), options);
}

/** The same of kernel objects, by their names, that a kernel loads by links to modules of others. */
export async function noteObjects(
  { release, objects }: { readonly release: string; readonly objects: readonly string[] },
  plan: Plan,
  options: LookingAfter,
): Promise<void> {
  const update = plan.actions.find(
    (action): action is Update => action.do === 'initramfs' && action.kernel.release === release,
  );
  if (update !== undefined) await note(update, objects, options);
}

async function note(
  { mode, kernel: { release } }: Update,
  objects: readonly string[],
  { layout, settings }: LookingAfter,
): Promise<void> {
  const news = { mode, ...(objects.length > 0 && { objects }) };
  await noteLag(layout, release, news).catch((error: unknown) => {
    settings.onWarning(`the initramfs of ${release}: ${messageOf(error)}`);
  });
}

function isChange(action: Action): action is Change {
  return action.do === 'install' || action.do === 'uninstall';
}

function counts({ kernel, modules }: Update, action: Action): boolean {
  return (
    isChange(action) &&
    action.kernel.release === kernel.release &&
    modules.some((module) => isSameModule(module, action.module))
  );
}

/** What is there now, and what will be. */
async function objectsOf({ module, kernel }: Change, { layout, survey }: LookingAfter): Promise<string[]> {
  const at = { module, release: kernel.release, arch: kernel.arch };
  const wanted = survey.site(module, kernel.release)?.conf.objects.map(({ name }) => name) ?? [];
  const present = (await readManifest(layout, at))?.files ?? [];
  const names = present.flatMap(({ path }) => objectName(path.slice(path.lastIndexOf('/') + 1)) ?? []);
  return [...new Set([...wanted, ...names, ...builtNames(layout, at)])];
}

/**
 * Updates the initramfs of a kernel where what has changed makes that necessary, and where nobody else does. Done or not
 * necessary, the note goes.
 * @returns what was done, or not, and why.
 * @throws KmodsmithError INITRAMFS_FAILED, WRITE_FAILED; the note stays for the next run.
 */
export async function lookAfterInitramfs(
  action: Update,
  outcomes: readonly Outcome[],
  options: LookingAfter,
): Promise<string> {
  const { release } = action.kernel;
  const own = outcomes.filter((one) => 'kernel' in one.action && one.action.kernel.release === release);
  if (own.some(({ action: { do: what }, state }) => what === 'depmod' && state === 'failed'))
    throw withoutIndex(release);
  const lag = await readLag(options.layout, release);
  const isChanged = own.some((one) => one.state !== 'not-reached' && counts(action, one.action));
  if (lag === undefined && !isChanged) return `initramfs of ${release}: left as it is, nothing changed`;
  const failed = await failedObjects(own, options);
  const others =
    lag && failed.length === 0 ? await partOfOthers(lag, { ...options, release, isChanged }) : undefined;
  if (others !== undefined) return `initramfs of ${release}: ${others}`;
  const said = await updateInitramfs({
    ...{ layout: options.layout, release, failed },
    mode: lag?.mode === 'always' ? 'always' : action.mode,
    ...(lag?.objects !== undefined && { objects: lag.objects }),
  });
  await forgetLag(options.layout, release);
  return said;
}

interface Part extends Pick<LookingAfter, 'layout' | 'imagesFollow'> {
  readonly release: string;
  /** By this run. */
  readonly isChanged: boolean;
}

/** What other hooks will do, or have done, about what is noted; undefined where it is up to us. */
async function partOfOthers(
  lag: Lag,
  { layout, release, imagesFollow, isChanged }: Part,
): Promise<string | undefined> {
  if (imagesFollow === true) {
    await leaveLag(layout, release, lag);
    return 'left to the hooks that follow';
  }
  // Where a change could not be noted, the image may be older than that.
  if (isChanged || !(await isMadeByOthers(layout, release, lag))) return undefined;
  await forgetLag(layout, release);
  return 'made by another hook since its modules changed';
}

async function failedObjects(outcomes: readonly Outcome[], options: LookingAfter): Promise<string[]> {
  const failed = outcomes.flatMap(({ action, state }) =>
    action.do === 'install' && state === 'failed' ? [action] : [],
  );
  return (await Promise.all(failed.map((action) => objectsOf(action, options)))).flat();
}

function withoutIndex(release: string): KmodsmithError {
  const message = `the initramfs of ${release} was not updated: depmod failed, and it is made from the module index`;
  return new KmodsmithError('INITRAMFS_FAILED', message, {
    hint: 'The next run that has to do with this kernel tries again.',
  });
}
