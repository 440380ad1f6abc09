import { basename } from 'node:path';
import { describeEnforcement } from '../core/signing/enforcement.ts';
import { describeFault } from '../core/verify/module-faults.ts';
import type { Finding, Verification, VerifiedFile } from '../core/verify/verify-installed.ts';
import type { VerifiedLink } from '../core/weak-links/verify-links.ts';
import { describeLinkFault } from '../core/weak-links/weak-link.ts';
import { moduleLabel } from '../policy/explain.ts';
import { moduleKey } from '../policy/identity.ts';

/** What `verify` has looked at. */
export interface Verified extends Verification {
  readonly links: readonly VerifiedLink[];
}

/** A line for each finding with what to do next below it, what could not be looked at, and a summary. */
export function explainVerification({ kernels, files, links }: Verified): string[] {
  const problems = files.flatMap((file) =>
    file.findings.flatMap((finding) => [
      `${moduleLabel(file.module)} for ${file.kernel.release}: ${describeFinding(file, finding)}`,
      `  ${adviseOn(file, finding)}`,
    ]),
  );
  const notes = kernels
    .filter(({ symbols }) => symbols === 'unknown')
    .map(
      ({ release }) =>
        `note: the headers of ${release} are not installed, so the symbols that its modules import were not checked`,
    );
  return [
    ...[...problems, ...links.flatMap(linkProblem)],
    ...[...notes, ...links.flatMap(linkNote), ...signatureLines(files)],
    ...(files.length > 0 ? [summary(files)] : []),
    ...(links.length > 0 ? [linkSummary(links)] : []),
  ];
}

function linkProblem(link: VerifiedLink): string[] {
  return link.findings.flatMap((finding) => [
    `${moduleLabel(link.module)} for ${link.kernel.release}, by ${link.path}, which leads to that for ${link.builtFor}: ${describeLinkFault(link, finding)}`,
    `  ${adviseOnLink(link)}`,
  ]);
}

/** What to do next, as a sentence. */
export function adviseOnLink({ module, kernel: { release } }: VerifiedLink): string {
  return `The next run takes the link away, unless the policy says weak-modules = 'never'. To have the module all the same: kmodsmith install ${moduleKey(module)} -k ${release}`;
}

function linkNote({ path, kernel, state, compared = 0, symvers }: VerifiedLink): string[] {
  if (state === 'broken') return [];
  if (state === 'unknown')
    return [
      `note: ${path} was not checked: nothing that can be read here says what ${kernel.release} exports`,
    ];
  return [`note: ${path} leads to what fits, by ${count(compared, 'symbol')} compared with ${symvers}`];
}

function linkSummary(links: readonly VerifiedLink[]): string {
  const broken = links.filter(({ state }) => state === 'broken').length;
  const looked = count(
    links.length,
    'link to a module of another kernel',
    'links to modules of other kernels',
  );
  return broken === 0 ? `${looked}: none is broken.` : `${looked}: ${broken} broken.`;
}

function signatureLines(files: readonly VerifiedFile[]): string[] {
  return [...signerLines(files), ...unsignedLines(files)];
}

/** Who signed what, and how sure that is. */
function signerLines(files: readonly VerifiedFile[]): string[] {
  const counts = new Map<string, number>();
  for (const { signature } of files) {
    if (signature === undefined || signature.checked === 'broken') continue;
    const { signer, certificate, checked } = signature;
    const name = signer === '' ? 'somebody whom the signature does not name' : signer;
    const isSure = checked === 'holds' && certificate !== undefined;
    const how = isSure ? `true by ${certificate}` : 'which was not checked: the certificate is not at hand';
    const line = `signed by ${name}, ${how}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, number]) => `note: ${count(number, 'module file')} ${line}`);
}

function unsignedLines(files: readonly VerifiedFile[]): string[] {
  const unsigned = files.filter(({ signed }) => signed === false);
  if (unsigned.length === 0) return [];
  if (!files.some(({ signed }) => signed)) return ['note: none of them is signed'];
  const names = unsigned.map(({ path = '', kernel }) => `${basename(path)} (${kernel.release})`);
  return [`note: not signed: ${names.join(', ')}`];
}

function summary(files: readonly VerifiedFile[]): string {
  const kernels = new Set(files.map(({ kernel }) => kernel.release)).size;
  const wrong = files.filter(({ findings }) => findings.length > 0).length;
  const looked = `${count(files.length, 'module file')} for ${count(kernels, 'kernel')}`;
  return wrong === 0 ? `${looked}: all in order.` : `${looked}: ${wrong} not in order.`;
}

function count(number: number, noun: string, several = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : several}`;
}

/** What is wrong, as a clause. */
export function describeFinding({ path = '' }: VerifiedFile, finding: Finding): string {
  switch (finding.code) {
    case 'nothing-there':
      return "none of its files is in the kernel's folder, although it counts as installed";
    case 'file-missing':
      return `${path} is missing`;
    case 'file-unreadable':
      return `${path} cannot be read: ${finding.why}`;
    case 'file-changed':
      return finding.size === finding.installed
        ? `${path} is not what was installed`
        : `${path} is not what was installed: it has ${finding.size} bytes instead of ${finding.installed}`;
    case 'not-indexed':
      return `modprobe does not find ${path}: modules.dep does not list it`;
    case 'hidden':
      return `modprobe loads ${finding.by} instead of ${path}`;
    case 'signature-missing':
      return `${path} is not signed; ${describeEnforcement(finding.by)}`;
    case 'signature-damaged':
      return `the signature of ${path} is damaged, so no kernel would load it`;
    case 'signature-broken':
      return `${path} is not what was signed: its signature does not hold against ${finding.certificate}`;
    default:
      return describeFault(basename(path).replace(/\.ko(\..*)?$/, ''), finding);
  }
}

/** What to do next, as a sentence. */
export function adviseOn({ module, kernel: { release } }: VerifiedFile, finding: Finding): string {
  const rebuild = `kmodsmith install ${moduleKey(module)} -k ${release} --rebuild`;
  switch (finding.code) {
    case 'nothing-there':
    case 'file-missing':
    case 'file-changed':
      return 'Put back what was installed: kmodsmith repair';
    case 'file-unreadable':
      return 'Ask again as root; if that fails too, look at the disk.';
    case 'damaged':
    case 'other-release':
    case 'other-machine':
    case 'other-vermagic':
      return `Build it again: ${rebuild}`;
    case 'symbol-versions':
      return `The kernel, its headers or the named module changed after it was built. Build it again: ${rebuild}`;
    case 'symbols-missing':
      return `What exported them is gone or has changed. Install that again, or build this one anew: ${rebuild}`;
    case 'not-indexed':
      return `Renew the index: depmod ${release}`;
    case 'hidden':
      return 'Remove that file, or see depmod.d(5) for which folder comes first; then run depmod.';
    case 'signature-missing':
      return `Set up a key with 'kmodsmith signing-key', then: ${rebuild}`;
    case 'signature-damaged':
    case 'signature-broken':
      return `Somebody changed it after it was signed, or the signer did not do its work. Build it again: ${rebuild}`;
  }
}
