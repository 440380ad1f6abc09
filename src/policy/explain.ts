import { explainFailureClass } from './failure-class.ts';
import type { MissingDependency, Reason, SkipReason } from './reasons.ts';
import type { InputChange, ModuleId } from './types.ts';

export function moduleLabel({ name, version }: ModuleId): string {
  return `${name} ${version}`;
}

/** Why something is done, as the end of a sentence. */
export function explainReason(reason: Reason): string {
  switch (reason.code) {
    case 'new-kernel':
      return 'the kernel has no build of it yet';
    case 'inputs-changed':
      return explainChanges(reason.changes);
    case 'reconfigured':
      return `the ${reason.package} package was reconfigured`;
    case 'refresh-always':
      return "the kernel package was upgraded and the policy says refresh = 'always'";
    case 'forced':
      return "the policy says force = 'rebuild'";
    case 'marked':
      return 'it was marked for rebuild';
    case 'new-version':
      return `it follows version ${reason.from}`;
    case 'superseded':
      return `version ${reason.by} follows it`;
    case 'module-arrived':
      return 'its package brought it';
    case 'headers-removed':
      return "the kernel's headers are removed and the policy says headers-removed = 'unbuild'";
    case 'not-installed':
      return 'it is built but not installed';
    case 'kernel-removed':
      return 'the kernel is removed';
    case 'module-removed':
      return 'the module is removed';
    case 'asked':
      return 'as asked';
    case 'modules-changed':
      return 'its modules changed';
    case 'index-outdated':
      return 'its module index does not match the installed modules';
    case 'initramfs-outdated':
      return 'an earlier run did not get to it';
    case 'links-unproven':
      return 'nothing recorded proves that they fit';
    case 'links-broken':
      return reason.links.map(({ path, why }) => `${path} does not fit: ${why}`).join('; ');
  }
}

/** Why nothing is done for a pair, as the end of a sentence. */
export function explainSkip(reason: SkipReason): string {
  switch (reason.code) {
    case 'up-to-date':
      return 'up to date, nothing that went into it has changed';
    case 'autoinstall-off':
      return 'left alone, its dkms.conf does not say AUTOINSTALL=yes';
    case 'unregistered':
      return 'left alone, it is not registered';
    case 'held-back':
      return `left alone, the policy says ${reason.knob} = '${reason.value}'`;
    case 'successor-missing':
      return `kept until version ${reason.successor}, which follows it, is installed`;
    case 'headers-missing':
      return waiting("the kernel's headers", reason.changes) + install(reason.package);
    case 'headers-unusable':
      return waiting(`usable headers (${reason.why})`, reason.changes);
    case 'image-missing':
      return 'nothing to do, the kernel is not installed';
    case 'dependency-missing':
      return waiting(explainMissing(reason.missing), reason.changes);
    case 'refresh-never':
      return `kept although stale, the policy says never to refresh it${after('; ', explainChanges(reason.changes))}`;
    case 'outside-refresh-scope':
      return `kept, refresh-scope = "autoinstall" and its dkms.conf does not say AUTOINSTALL=yes${because(reason.changes)}`;
    case 'failed-before':
      return `not tried again, nothing has changed since it failed: ${firstLine(reason.summary)}${after('; ', explainFailureClass(reason.class))} (log: ${reason.log})`;
    case 'excluded':
      return `not for this kernel, ${reason.why}`;
    case 'module-problem':
      return `cannot be built, ${firstLine(reason.why)}`;
    case 'aborted':
      return 'left as it is, the package operation was aborted';
    case 'toolkit-removed':
      return 'left as it is, kmodsmith itself is removed';
    case 'not-built':
      return 'nothing to remove, it is not built';
    case 'nothing-to-undo':
      return `nothing to undo, it is not ${reason.state}`;
    case 'other-version':
      return `left alone, version ${reason.current} is ${reason.pinned ? 'pinned' : 'the one for this kernel'}`;
  }
}

/** "spl (not registered here, another package may bring it)": what a module needs and does not get. */
export function explainMissing(missing: readonly MissingDependency[]): string {
  return missing.map((dependency) => `${dependency.name} (${explainAbsence(dependency)})`).join(', ');
}

function explainAbsence(dependency: MissingDependency): string {
  switch (dependency.why) {
    case 'unregistered':
      return 'not registered here, another package may bring it';
    case 'failed':
      return 'it failed for this kernel';
    case 'excluded':
      return 'it is not for this kernel';
    case 'not-installed':
      return 'it is not installed for this kernel';
    case 'cycle':
      return `they wait for each other: ${dependency.cycle.join(', ')}`;
  }
}

/** Changes tell that there is a build already: it stays in use. */
function waiting(piece: string, changes: readonly InputChange[] | undefined): string {
  if (changes === undefined) return `waiting for ${piece}`;
  return `kept, rebuilding it waits for ${piece}${because(changes)}`;
}

function install(name: string | undefined): string {
  return name === undefined ? '' : `: install ${name}`;
}

function because(changes: readonly InputChange[]): string {
  return after('; stale, ', explainChanges(changes));
}

function after(prefix: string, text: string): string {
  return text === '' ? '' : `${prefix}${text}`;
}

/** A failure's summary goes on with what the compiler said; the log has that too. */
function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

const shown = 3;

/** "include/drm/drm_device.h changed since it was built": the first few inputs by name, the others by number. */
export function explainChanges(changes: readonly InputChange[]): string {
  if (changes.length === 0) return '';
  if (changes[0]?.kind === 'unrecorded') return 'nothing is recorded of what it was built from';
  const named = changes.slice(0, shown).map(explainChange);
  const others = changes.length - shown;
  const more = others > 0 ? ` and ${others} other ${others === 1 ? 'input' : 'inputs'}` : '';
  return `${named.join(', ')}${more} since it was built`;
}

export function explainChange({ kind, name, change }: InputChange): string {
  const what = {
    header: name,
    source: `source ${name}`,
    directives: `what ${name} says`,
    'kernel-config': `kernel config ${name}`,
    symbol: `kernel symbol ${name}`,
    dependency: `dependency ${name}`,
    compiler: `compiler ${name}`,
    kbuild: name,
    unrecorded: name,
  }[kind];
  return `${what} ${change}`;
}
