import { isKernelRelease, isModuleName, isModuleVersion } from '../../formats/release-words.ts';
import type { ModuleId, Transition } from '../../policy/types.ts';
import { modulesOfFolder } from '../modules-of-folder.ts';
import type { Chore, HookCall, Ignored, Meaning } from '../types.ts';
import {
  imagesEntry,
  type Operation,
  operationEntries,
  runEntry,
  type Stage,
  toolkitEntry,
  toolkitPackage,
} from './names.ts';

/**
 * What a call of one of our pacman hooks means; never throws. pacman does not tell an upgrade from a downgrade or a
 * reinstallation; a kernel's upgrade removes one release and installs another (docs/policy.md, section 1).
 */
export function parsePacmanEvent(call: HookCall): Meaning {
  const { entry, args } = call;
  if (entry === runEntry) return { chore: 'queue-before-images' };
  if (entry === imagesEntry) return { chore: 'images' };
  if (entry === toolkitEntry) return toolkitScriptlet(args[0] ?? '');
  const told = operationEntries.find((known) => known.entry === entry);
  if (told === undefined) return { ignored: `unknown-entry: ${JSON.stringify(entry)}` };
  const events = args.flatMap((target) => eventsOf(target, told).map((event) => ({ ...event, at: call.at })));
  return events.length > 0 ? events : { ignored: `no-target: ${JSON.stringify(args[0] ?? '')}` };
}

/** Nobody comes for the queue once we are gone. */
function toolkitScriptlet(name: string): Chore | Ignored {
  if (name === 'pre_remove') return { chore: 'queue' };
  return { ignored: `action-without-effect: ${JSON.stringify(name)}` };
}

type Subject =
  | { readonly subject: 'image' | 'headers'; readonly kernel: string }
  | { readonly subject: 'module'; readonly module: ModuleId }
  | { readonly subject: 'toolkit' };

/**
 * Before the transaction nothing has happened, and it may be that nothing ever will; what a removal takes away is gone
 * when a hook afterwards tells of it, or has come with another package. In both cases only the disk counts.
 */
function eventsOf(target: string, { stage, operation }: { stage: Stage; operation: Operation }) {
  const transition = operation.toLowerCase() as Transition & Lowercase<Operation>;
  const isPresent = stage === 'post' && operation !== 'Remove';
  return subjectsOf(target).map((subject) => ({
    ...subject,
    transition,
    ...(!isPresent && { underway: false }),
  }));
}

/** A glob of alpm-hooks(5) matches slashes, too, so a path is looked at once more. */
function subjectsOf(target: string): Subject[] {
  if (target === toolkitPackage) return [{ subject: 'toolkit' }];
  const named = namedSubject(target);
  if (named !== undefined) return named;
  const [, release = '', below] =
    /^usr\/lib\/modules\/([^/]+)\/(vmlinuz|build\/include\/)$/.exec(target) ?? [];
  if (isKernelRelease(release))
    return [{ subject: below === 'vmlinuz' ? 'image' : 'headers', kernel: release }];
  const [, folder = ''] = /^usr\/src\/([^/]+)\/dkms\.conf$/.exec(target) ?? [];
  return modulesOfFolder(folder).map((module) => ({ subject: 'module', module }));
}

/** What a package's own hooks say of it; undefined for a path. */
function namedSubject(target: string): Subject[] | undefined {
  const [, subject, which = ''] = /^(image|headers|module):(.*)$/s.exec(target) ?? [];
  if (subject === 'image' || subject === 'headers')
    return isKernelRelease(which) ? [{ subject, kernel: which }] : [];
  if (subject === undefined) return undefined;
  const [name = '', version = '', ...more] = which.split('/');
  const isModule = isModuleName(name) && isModuleVersion(version) && more.length === 0;
  return isModule ? [{ subject: 'module', module: { name, version } }] : [];
}
