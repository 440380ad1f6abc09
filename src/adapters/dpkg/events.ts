import { isKernelRelease, isModuleName, isModuleVersion } from '../../formats/release-words.ts';
import type { PackageEvent, Transition } from '../../policy/types.ts';
import type { HookCall, Ignored, Meaning } from '../types.ts';

/**
 * What a call of one of our dpkg hooks means; never throws. The transition is only a hint: the state on disk decides
 * (docs/policy.md, section 5, items 1 and 2).
 */
export function parseDpkgEvent(call: HookCall): Meaning {
  switch (call.entry) {
    case 'postinst.d':
      return kernelEvent(call, 'image', configuredTransition(call));
    case 'header_postinst.d':
      return kernelEvent(call, 'headers', configuredTransition(call));
    case 'prerm.d':
      return kernelEvent(call, 'image', removalTransition(call));
    case 'postrm.d':
      return afterwards(kernelEvent(call, 'image', aftermathTransition(call)));
    case 'kernel-install':
      return pluginEvent(call);
    case 'toolkit':
      return toolkitEvent(call);
    case 'module':
      return moduleEvent(call);
    default:
      return { ignored: `unknown-entry: ${JSON.stringify(call.entry)}` };
  }
}

function kernelEvent(
  call: HookCall,
  subject: 'image' | 'headers',
  transition: Transition | Ignored,
): readonly PackageEvent[] | Ignored {
  const kernel = call.args[0] ?? '';
  if (!isKernelRelease(kernel)) return { ignored: `not-a-kernel-release: ${JSON.stringify(kernel)}` };
  if (typeof transition !== 'string') return transition;
  return [{ subject, transition, kernel, at: call.at }];
}

/**
 * `configure OLD` is upgrade, downgrade, reinstall or a new install over the leftovers of a removal; without any
 * words (make install, bookworm's headers, systemd-boot) it may be a first install as well. Calling all of these an
 * upgrade does no harm: where there is no build yet, the state on disk asks for one.
 */
function configuredTransition({ env }: HookCall): Transition | Ignored {
  const [action, oldVersion] = maintainerWords(env);
  if (action === undefined || action === 'configure') {
    if (env['DEBCONF_RECONFIGURE'] === '1') return 'reconfigure';
    return action === undefined || oldVersion !== undefined ? 'upgrade' : 'install';
  }
  if (action.startsWith('abort-')) return 'abort';
  return { ignored: `action-without-effect: ${JSON.stringify(action)}` };
}

/**
 * Only a removal removes: bindeb-pkg's packages run prerm.d on `upgrade` too, and systemd-boot, when it is removed
 * itself, for every kernel and without any words.
 */
function removalTransition({ env }: HookCall): Transition | Ignored {
  const [action] = maintainerWords(env);
  if (action === 'remove' || action === 'purge') return 'remove';
  return {
    ignored: action === undefined ? 'no-maintainer-words' : `not-a-removal: ${JSON.stringify(action)}`,
  };
}

/** Every action of `postrm` comes here: operations that were given up as well, and upgrades, which say nothing. */
function aftermathTransition(call: HookCall): Transition | Ignored {
  const [action] = maintainerWords(call.env);
  return action?.startsWith('abort-') ? 'abort' : removalTransition(call);
}

/** What is over, or may not be what it says: only the disk counts. */
function afterwards(events: readonly PackageEvent[] | Ignored): readonly PackageEvent[] | Ignored {
  return 'ignored' in events ? events : events.map((event) => ({ ...event, underway: false }));
}

/**
 * kernel-install(8) is also called for boot entries of kernels that stay: `add` after any change of an initramfs, `remove`
 * for upgrades and when systemd-boot itself goes, where it takes the kernel's module index along. Both are reasons to look.
 */
function pluginEvent(call: HookCall): readonly PackageEvent[] | Ignored {
  const [verb = '', ...args] = call.args;
  switch (verb) {
    case 'add':
      return kernelEvent({ ...call, args }, 'image', 'upgrade');
    case 'remove':
      return afterwards(kernelEvent({ ...call, args }, 'image', 'remove'));
    default:
      return { ignored: `action-without-effect: ${JSON.stringify(verb)}` };
  }
}

/**
 * The maintainer script's arguments joined by blanks, so that a first `configure ""` ends in one. Other hooks eval
 * the variable, hence quotes around a word are taken off.
 */
function maintainerWords(env: HookCall['env']): string[] {
  const words = (env['DEB_MAINT_PARAMS'] ?? '').split(/\s+/);
  return words.map((word) => word.replace(/^(['"])(.*)\1$/, '$2')).filter((word) => word !== '');
}

/** dpkg gives the toolkit's own script its words as arguments: deb-postinst(5). */
function toolkitEvent({ args, at }: HookCall): Meaning {
  const [action = '', oldVersion = ''] = args;
  if (action === 'configure') {
    return [{ subject: 'toolkit', transition: oldVersion.trim() === '' ? 'install' : 'upgrade', at }];
  }
  if (action.startsWith('abort-')) return [{ subject: 'toolkit', transition: 'abort', at }];
  // A run of the trigger brings no news: the engine applies what the hooks have queued.
  if (action === 'triggered') return { chore: 'queue' };
  // Nobody comes for the queue once we are gone, the removals of this transaction included.
  if (action === 'remove') return { chore: 'queue' };
  return { ignored: `action-without-effect: ${JSON.stringify(action)}` };
}

/** Name, version, the maintainer script's name, and its arguments, of a module's package: deb-postinst(5) and its like. */
function moduleEvent({ args, env, at }: HookCall): readonly PackageEvent[] | Ignored {
  const [name = '', version = '', script = '', action = '', oldVersion = ''] = args;
  if (!isModuleName(name) || !isModuleVersion(version)) {
    return { ignored: `not-a-module: ${JSON.stringify(`${name}/${version}`)}` };
  }
  const transition = moduleTransition(`${script} ${action}`, { env, oldVersion });
  if (typeof transition !== 'string') return transition;
  const events = [{ subject: 'module', transition, module: { name, version }, at }] as const;
  return script === 'postrm' ? afterwards(events) : events;
}

/**
 * `prerm` takes nothing away for an upgrade or a deconfiguration: the new version's `postinst` swaps, and an abort finds
 * everything as it was. A removal is told twice: before the files go, which an abort may follow, and when they are gone;
 * a package that was never configured has only the second.
 */
function moduleTransition(
  call: string,
  { env, oldVersion }: { env: HookCall['env']; oldVersion: string },
): Transition | Ignored {
  switch (call) {
    case 'postinst configure':
      if (env['DEBCONF_RECONFIGURE'] === '1') return 'reconfigure';
      return oldVersion.trim() === '' ? 'install' : 'upgrade';
    case 'postinst abort-upgrade':
    case 'postinst abort-remove':
    case 'postinst abort-deconfigure':
      return 'abort';
    case 'prerm remove':
    case 'postrm remove':
      return 'remove';
    case 'postrm purge':
      return 'purge';
    default:
      return { ignored: `action-without-effect: ${JSON.stringify(call)}` };
  }
}
