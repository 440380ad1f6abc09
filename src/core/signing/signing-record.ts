import { readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { SigningRecord } from '../provenance/provenance.ts';
import { isByCommand, type Signing } from './signing.ts';

/** What a build remembers of how it was signed: nothing of a key, which may be a URI with a PIN in it. */
export async function recordSigning(signing: Signing): Promise<SigningRecord> {
  if (!signing.sign) return { because: signing.because };
  const { hash } = signing;
  if (isByCommand(signing))
    return { hash, command: signing.command, commandSha256: await digestOf(signing.command) };
  const { certificate } = signing;
  return { hash, certificate, certificateSha256: await digestOf(certificate) };
}

async function digestOf(path: string): Promise<string> {
  const bytes = await readBytes(path).catch(() => undefined);
  return bytes === undefined ? '' : sha256(bytes);
}
