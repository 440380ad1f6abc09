import { adviseFailure } from './failure-class.ts';
import type { MissingDependency, SkipReason } from './reasons.ts';
import type { KernelFacts, ModuleFacts, PairFacts } from './types.ts';

/** A module and a kernel, with what is known of both. */
export interface Subject {
  readonly pair: PairFacts;
  readonly module: ModuleFacts;
  readonly kernel: KernelFacts;
}

/**
 * What an admin can do about it when nothing is done for a pair: whole sentences, with the commands to type. A closed
 * catalogue: each reason has an advice, if only that nothing needs to be done.
 */
export function adviseSkip(because: SkipReason, subject: Subject): string[] {
  const { pair, module, kernel } = subject;
  const label = `${module.name}/${module.version}`;
  const install = `kmodsmith install ${label} -k ${kernel.release}`;
  const conf = `/etc/dkms/${module.name}.conf`;
  switch (because.code) {
    case 'up-to-date':
      if ((pair.build?.changes.length ?? 0) > 0) return [`To have it made anew now: ${install}`];
      return [`Nothing needs to be done. To have it made anew all the same: ${install} --rebuild`];
    case 'unregistered':
      return [`Register it: kmodsmith add ${label}`];
    case 'autoinstall-off':
      return [
        `For this kernel alone: ${install}`,
        `For every kernel, from now on: set AUTOINSTALL=yes in ${conf}, then kmodsmith run --all`,
      ];
    case 'held-back':
      return [`For this kernel alone: ${install}`, `For others too: set ${because.knob} in the policy.`];
    case 'successor-missing':
      return [`See what keeps the other version away: ${explain(subject, because.successor)}`];
    case 'headers-missing':
      return [`Install ${because.package ?? 'the headers package of exactly this kernel'}. ${byItself}`];
    case 'headers-unusable':
      return [`Mend that: install the headers package of this kernel again, or what is missing. ${byItself}`];
    case 'image-missing':
      return [
        'Install the package of the kernel itself, if it is to be used. Without it nobody needs the module.',
      ];
    case 'dependency-missing':
      return because.missing.map((missing) => adviseDependency(missing, subject));
    case 'refresh-never':
      return [`Now: ${install}`, 'By itself, from now on: set refresh in the policy.'];
    case 'outside-refresh-scope':
      return [
        `Now: ${install}${because.changes.length === 0 ? ' --rebuild' : ''}`,
        `By itself, from now on: set AUTOINSTALL=yes in ${conf}, or refresh-scope in the policy.`,
      ];
    case 'failed-before':
      return [
        ...adviseFailure(because.class),
        `The log says more: kmodsmith log ${label} -k ${kernel.release}`,
        'It is tried again by itself when its source, the headers or the compiler change.',
        `To try again as it is: ${install}`,
      ];
    case 'excluded':
      return [
        `Another version of the module may be for this kernel. If this one is all the same: set BUILD_EXCLUSIVE_* in ${conf}.`,
      ];
    case 'module-problem':
      return [
        adviseProblem(subject),
        ...(pair.build?.installed ? ['What is installed stays until then.'] : []),
      ];
    case 'aborted':
      return ['Nothing needs to be done here. End, or repeat, what the package manager was about to do.'];
    case 'toolkit-removed':
      return ['Install kmodsmith again, if it is to go on.'];
    case 'not-built':
    case 'nothing-to-undo':
      return ['Nothing needs to be done.'];
    case 'other-version':
      return adviseOtherVersion(because, subject);
  }
}

const byItself = 'Then it is built by itself.';

function explain({ module, kernel }: Subject, version: string): string {
  return `kmodsmith explain ${module.name}/${version} -k ${kernel.release}`;
}

function adviseDependency(missing: MissingDependency, { kernel }: Subject): string {
  const { name } = missing;
  const look = `kmodsmith explain ${name} -k ${kernel.release}`;
  switch (missing.why) {
    case 'unregistered':
      return `Install the package that brings ${name}, or register its source: kmodsmith add ${name}/VERSION`;
    case 'failed':
      return `See why ${name} failed: ${look}`;
    case 'excluded':
      return `Nothing can be done for this kernel, unless another version of ${name} is for it: ${look}`;
    case 'not-installed':
      return `See why ${name} is not installed: ${look}`;
    case 'cycle':
      return `Neither can be the first: take ${name} out of BUILD_DEPENDS, or this module out of that of ${name}.`;
  }
}

function adviseProblem({ module, pair }: Subject): string {
  const label = `${module.name}/${module.version}`;
  const problem = module.problem ?? pair.problem;
  if (problem?.code === 'SOURCE_MISSING' && module.registered)
    return `Install its package again, or forget it: kmodsmith remove ${label}`;
  if (problem === undefined || problem.code === 'SOURCE_MISSING')
    return `If it is still wanted: kmodsmith add ${label}. If not: kmodsmith remove ${label}`;
  return `Mend its dkms.conf, or what /etc/dkms lays over it; or install its package again. ${byItself}`;
}

function adviseOtherVersion(
  { current, pinned }: Extract<SkipReason, { code: 'other-version' }>,
  subject: Subject,
): string[] {
  const { module, kernel } = subject;
  const label = `${module.name}/${module.version}`;
  const look = `About the other version: ${explain(subject, current)}`;
  if (pinned) return [look, `To have this one: set pin in the policy to ${module.version}.`];
  return [
    look,
    `To have this one, for this kernel: kmodsmith install ${label} -k ${kernel.release}`,
    `For every kernel: [module."${module.name}"] pin = "${module.version}" in the policy.`,
  ];
}
