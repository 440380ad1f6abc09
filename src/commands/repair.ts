import { type Finding, findFaults, isRepairable, type Repaired, repair } from '../apply/repair.ts';
import { moduleLabel } from '../policy/explain.ts';
import { isLocked } from '../system/lock.ts';
import { openContext } from './context.ts';
import { busy, printJson, printLines, progress, say } from './output.ts';
import type { ActingOptions } from './request.ts';

/** `kmodsmith repair`: mends what is wrong with the tree and what is installed; says what it did and why. */
export async function runRepair(options: ActingOptions): Promise<number> {
  const context = await openContext(options);
  const { dryRun, json } = options;
  if (dryRun && (await isLocked(context.layout.lock))) say(busy);
  const repaired = dryRun
    ? (await findFaults(context)).map(forecast)
    : await repair({ ...context, ...progress });
  if (json) printJson({ version: 1, dryRun, repairs: repaired });
  else printLines(repaired.length === 0 ? ['Nothing to do.'] : repaired.flatMap((one) => lines(one, dryRun)));
  return repaired.every(({ state }) => state === 'mended') ? 0 : 1;
}

/** What a repair would come to. */
function forecast(finding: Finding): Repaired {
  return { finding, state: isRepairable(finding) ? 'mended' : 'left' };
}

interface Words {
  readonly subject: string;
  /** What is wrong. */
  readonly why: string;
  /** What was done about it, a clause with "was". */
  readonly did?: string;
  /** What to type where we do nothing. */
  readonly next?: string;
}

function lines({ finding, state, message }: Repaired, dryRun: boolean): string[] {
  const { subject, why, did, next } = describe(finding);
  const hint = next === undefined ? [] : [`  ${next}`];
  if (state === 'mended')
    return [`${subject}: ${dryRun ? did?.replace('was', 'would be') : did}, ${why}`, ...hint];
  if (state === 'left') return [`${subject}: left as it is, ${why}`, ...hint];
  return [`failed: ${subject}: ${why}${message === undefined ? '' : `: ${message}`}`, ...hint];
}

function describe(finding: Finding): Words {
  if (finding.kind === 'cut-short') return describeCutShort(finding);
  if (finding.kind === 'index-outdated') {
    const why = 'its module index did not match the installed modules';
    return { subject: finding.release, why, did: 'depmod was run' };
  }
  if (finding.kind === 'request-unfinished') {
    const why = 'a run that was cut short had been asked for more than it did';
    return { subject: finding.journal, why, did: 'the rest was done' };
  }
  if (finding.kind === 'kernel-unfinished') {
    const next = 'The next run tries it again: kmodsmith run';
    return { subject: finding.release, why: 'its index or its initramfs could not be made', next };
  }
  if (finding.kind === 'source-missing') {
    const { module, why } = finding;
    const label = `${module.name}/${module.version}`;
    const next = `Install the package that brings its source again, or type: kmodsmith remove ${label}`;
    return { subject: moduleLabel(module), why, next };
  }
  const { module, release } = finding.at;
  const pair = `${module.name}/${module.version} -k ${release}`;
  const subject = 'file' in finding ? finding.file.path : `${moduleLabel(module)} for ${release}`;
  return { subject, ...damageWords(finding, pair) };
}

function describeCutShort({ path, place }: Extract<Finding, { kind: 'cut-short' }>): Words {
  if (place === undefined) return { subject: path, why: 'a run that was cut short left it', did: 'removed' };
  const why = 'a run that was cut short had put it aside';
  return { subject: place, why, did: `put back from ${path}` };
}

function damageWords(finding: Extract<Finding, { at: unknown }>, pair: string): Omit<Words, 'subject'> {
  switch (finding.kind) {
    case 'file-missing':
      return { why: 'it was gone', did: 'put back from the build' };
    case 'file-altered':
      return {
        why: 'it was not what was installed',
        did: 'put back from the build',
      };
    case 'not-in-place':
      return {
        why: 'what it had installed is not there, and belongs to no build that is',
        did: 'installed again',
      };
    case 'install-cut-short':
      return {
        why: 'an install of it was cut short',
        did: 'installed again',
      };
    case 'uninstall-cut-short':
      return {
        why: 'taking it out of the kernel was cut short',
        did: 'taken out',
      };
    case 'manifest-outlived':
      return {
        why: 'another version is installed',
        did: 'its list of installed files removed',
      };
    case 'manifest-missing':
      return {
        why: 'nobody had',
        did: 'what is installed was written down',
      };
    case 'link-lost':
      return {
        why: 'its files are all in place, but nothing said so',
        did: 'said to be installed again',
      };
    case 'build-gone':
    case 'link-without-build':
      return {
        why: 'its build is gone',
        did: 'what it had installed was removed',
        next: `To have it again, type: kmodsmith install ${pair}`,
      };
    case 'build-damaged':
      return {
        why: 'what is installed is not what was built, nor is what the tree holds',
        next: `Build it again: kmodsmith install ${pair} --rebuild`,
      };
  }
}
