import { isKernelRelease, isModuleName, isModuleVersion } from '../../formats/release-words.ts';
import type { ModuleId, PackageEvent, Transition } from '../../policy/types.ts';
import { modulesOfFolder } from '../modules-of-folder.ts';
import type { HookCall, Ignored, Meaning } from '../types.ts';
import {
  arrivalEntry,
  departureEntry,
  endEntry,
  imagesEntry,
  kernelEntry,
  moduleEntry,
  pluginEntry,
  pluginRunEntry,
  tellingPaths,
  toolkitEntry,
} from './names.ts';

/**
 * What a call of one of our scriptlets, triggers or plugins means; never throws. Whatever goes is told in the middle of
 * a transaction, before or after it has happened, or of something that stays: only the disk counts (docs/policy.md,
 * section 1).
 */
export function parseRpmEvent(call: HookCall): Meaning {
  const { entry, args } = call;
  switch (entry) {
    case endEntry:
      return { chore: 'queue' };
    case imagesEntry:
      return { chore: 'images' };
    case pluginRunEntry:
      return pluginRun(args[0] ?? '');
    case arrivalEntry:
      return fileEvents(call, { transition: 'upgrade' });
    case departureEntry:
      return fileEvents(call, departed);
    case pluginEntry:
      return pluginEvent(call);
    case moduleEntry:
      return moduleEvent(call);
    case kernelEntry:
      return kernelEvent(call);
    case toolkitEntry:
      return toolkitEvent(call);
    default:
      return { ignored: `unknown-entry: ${JSON.stringify(entry)}` };
  }
}

interface Change {
  readonly transition: Transition;
  readonly underway?: boolean;
}

const departed: Change = { transition: 'remove', underway: false };

function pluginRun(kernel: string): Meaning {
  return isKernelRelease(kernel) ? { chore: 'kernel-before-images', kernel } : notRelease(kernel);
}

/** Of a transaction of files nothing says whether they are new: where there is no build yet, the state on disk asks for one. */
function fileEvents({ args, at }: HookCall, change: Change): readonly PackageEvent[] | Ignored {
  const subjects = args.flatMap(subjectsOf);
  const told = new Map(subjects.map((subject) => [JSON.stringify(subject), subject]));
  const events = [...told.values()].map((subject) => ({ ...subject, ...change, at }));
  return events.length > 0 ? events : { ignored: `no-target: ${JSON.stringify(args[0] ?? '')}` };
}

type Subject =
  | { readonly subject: 'image' | 'headers'; readonly kernel: string }
  | { readonly subject: 'module'; readonly module: ModuleId };

/** What a path says; nothing for most. */
function subjectsOf(path: string): Subject[] {
  for (const { tells, path: expression, groups } of tellingPaths) {
    const match = new RegExp(expression).exec(path);
    if (match === null) continue;
    const name = groups.map((group) => match[group]).join('-');
    if (tells === 'module') return modulesOfFolder(name).map((module) => ({ subject: 'module', module }));
    return isKernelRelease(name) ? [{ subject: tells, kernel: name }] : [];
  }
  return [];
}

/**
 * kernel-install(8) speaks of boot entries: `remove` also for a reinstallation, and for kernels that stay. `add` comes from
 * the last scriptlet of a kernel's package, or from an admin.
 */
function pluginEvent({ args, at }: HookCall): readonly PackageEvent[] | Ignored {
  const [verb = '', kernel = ''] = args;
  const change: Change | undefined =
    verb === 'add' ? { transition: 'upgrade' } : verb === 'remove' ? departed : undefined;
  if (change === undefined) return withoutEffect(verb);
  return isKernelRelease(kernel) ? [{ subject: 'image', kernel, ...change, at }] : notRelease(kernel);
}

/**
 * Name, version, the scriptlet and its $1, of a module's package: how many instances of the package there are afterwards.
 * An upgrade runs the new %post before the old %preun; only the last instance takes something away.
 */
function moduleEvent({ args, at }: HookCall): readonly PackageEvent[] | Ignored {
  const [name = '', version = '', scriptlet = '', count = ''] = args;
  if (!isModuleName(name) || !isModuleVersion(version))
    return { ignored: `not-a-module: ${JSON.stringify(`${name}/${version}`)}` };
  const change = scriptletChange(scriptlet, count);
  if (change === undefined) return withoutEffect(`${scriptlet} ${count}`);
  return [{ subject: 'module', module: { name, version }, ...change, at }];
}

function scriptletChange(scriptlet: string, count: string): Change | undefined {
  if (scriptlet === 'post') return { transition: count === '1' ? 'install' : 'upgrade' };
  const isRemoval = (scriptlet === 'preun' || scriptlet === 'postun') && count === '0';
  return isRemoval ? departed : undefined;
}

/** Part, release and the scriptlet; kernels are installed side by side, so that $1 says nothing of this one. */
function kernelEvent({ args, at }: HookCall): readonly PackageEvent[] | Ignored {
  const [subject = '', kernel = '', scriptlet = ''] = args;
  if (subject !== 'image' && subject !== 'headers') return withoutEffect(subject);
  if (!isKernelRelease(kernel)) return notRelease(kernel);
  if (scriptlet === 'post') return [{ subject, kernel, transition: 'upgrade', at }];
  if (scriptlet === 'preun' || scriptlet === 'postun') return [{ subject, kernel, ...departed, at }];
  return withoutEffect(scriptlet);
}

function toolkitEvent({ args, at }: HookCall): Meaning {
  const [scriptlet = '', count = ''] = args;
  if (scriptlet === 'post')
    return [{ subject: 'toolkit', transition: count === '1' ? 'install' : 'upgrade', at }];
  // Nobody comes for the queue once we are gone.
  if (scriptlet === 'preun' && count === '0') return { chore: 'queue' };
  return withoutEffect(`${scriptlet} ${count}`);
}

function withoutEffect(what: string): Ignored {
  return { ignored: `action-without-effect: ${JSON.stringify(what)}` };
}

function notRelease(kernel: string): Ignored {
  return { ignored: `not-a-kernel-release: ${JSON.stringify(kernel)}` };
}
