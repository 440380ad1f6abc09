import { join } from 'node:path';
import { readFramework } from '../../config/framework.ts';
import type { Distribution } from '../../distros/index.ts';
import type { ModuleSignature } from '../../formats/module-signature.ts';
import { readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import type { ModuleFile } from '../install/module-file.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';
import { readProvenance } from '../provenance/provenance.ts';
import { readCertificateId } from './certificate.ts';
import { checkSignature } from './check-signature.ts';
import { findKeyPair } from './signing-keys.ts';

/** Who signed a module, and whether that is true. */
export interface JudgedSignature extends ModuleSignature {
  /** Unknown where the signer's certificate is not here, or openssl(1) is not. */
  readonly checked: 'holds' | 'broken' | 'unknown';
  /** With what it was checked: a path inside the root. */
  readonly certificate?: string;
}

export interface SignatureMachine {
  readonly layout: Layout;
  readonly distribution: Distribution;
}

/** Undefined for a module without a signature, and for a damaged one, of which nobody can say who made it. */
export async function judgeSignature(
  { body, seal, signature }: ModuleFile,
  at: BuildCoordinates,
  machine: SignatureMachine,
): Promise<JudgedSignature | undefined> {
  if (signature === undefined || signature === 'damaged' || seal === undefined) return undefined;
  const found = signature.serial === '' ? undefined : await findCertificate(signature.serial, at, machine);
  if (found === undefined) return { ...signature, checked: 'unknown' };
  const checked = await checkSignature({ body, signature: seal }, found.bytes);
  return { ...signature, checked, certificate: insideRoot(machine.layout.root, found.path) };
}

interface Certificate {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The machine's, or the one that is recorded with the build, if it is the one that the signature names. */
async function findCertificate(
  serial: string,
  at: BuildCoordinates,
  machine: SignatureMachine,
): Promise<Certificate | undefined> {
  const own = await ownCertificate(at.release, machine);
  const candidates = [own, await recordedCertificate(at, machine.layout)];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const bytes = await readBytes(candidate.path).catch(() => undefined);
    if (bytes === undefined || (candidate.digest ?? sha256(bytes)) !== sha256(bytes)) continue;
    if ((await readCertificateId(candidate.path))?.serial === serial) return { path: candidate.path, bytes };
  }
  return undefined;
}

interface Candidate {
  readonly path: string;
  /** What it has to be still. */
  readonly digest?: string;
}

/** framework.conf is read once for each kernel. */
function ownCertificate(release: string, machine: SignatureMachine): Promise<Candidate> {
  const known = certificates.get(machine) ?? new Map<string, Promise<Candidate>>();
  const found = known.get(release) ?? readOwnCertificate(release, machine);
  certificates.set(machine, known.set(release, found));
  return found;
}

const certificates = new WeakMap<SignatureMachine, Map<string, Promise<Candidate>>>();

async function readOwnCertificate(
  release: string,
  { layout, distribution }: SignatureMachine,
): Promise<Candidate> {
  const reading = { kernel: release, onWarning: () => undefined };
  const { signing: settings } = await readFramework(layout.root, reading);
  return { path: (await findKeyPair({ layout, settings, distribution, environment: {} })).certificate };
}

async function recordedCertificate(at: BuildCoordinates, layout: Layout): Promise<Candidate | undefined> {
  const record = await readProvenance(join(resultFolder(layout, at), 'provenance.json'));
  const { signing } = record ?? {};
  if (signing === undefined || !('certificate' in signing)) return undefined;
  const path = await resolveInRoot(layout.root, insideRoot(layout.root, signing.certificate));
  return { path, digest: signing.certificateSha256 };
}
