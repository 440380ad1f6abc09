import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { run } from '../../system/exec.ts';
import { writeAtomically } from '../../system/files.ts';
import { makeTemporaryFolder } from '../../system/unpacked-files.ts';
import { findProgram } from '../build/toolchain.ts';

/** A module and the signature that was appended to it. */
export interface Sealed {
  readonly body: Uint8Array;
  /** CMS. */
  readonly signature: Uint8Array;
}

/** How openssl(1) ends when it has looked and the signature is not right. */
const verificationFailed = 4;

/**
 * Whether a signature is one of this very module by the key of a certificate (PEM or DER). Unknown where openssl(1) is not
 * installed, or somebody else signed. Nobody asks who issued the certificate: the kernel trusts keys, not chains.
 */
export async function checkSignature(
  { body, signature }: Sealed,
  certificate: Uint8Array,
): Promise<'holds' | 'broken' | 'unknown'> {
  const [openssl, signer] = [await findProgram('openssl'), pemOf(certificate)];
  if (openssl === undefined || signer === undefined) return 'unknown';
  await using folder = await makeTemporaryFolder('');
  const at = (name: string) => join(folder.path, name);
  await writeAtomically(at('body'), body);
  await writeAtomically(at('signature'), signature);
  await writeAtomically(at('signer'), signer);
  const input = ['-binary', '-inform', 'DER', '-in', at('signature'), '-content', at('body')];
  // Certificates that the signature brings along are the signer's own word.
  const by = ['-certfile', at('signer'), '-nointern', '-noverify', '-out', '/dev/null'];
  const { exitCode, stderr } = await run([openssl, 'cms', '-verify', ...input, ...by], {
    timeoutSeconds: 60,
  });
  if (exitCode === 0) return 'holds';
  const isOther = stderr.includes('signer certificate not found');
  return exitCode === verificationFailed && !isOther ? 'broken' : 'unknown';
}

function pemOf(certificate: Uint8Array): string | undefined {
  try {
    return new X509Certificate(certificate).toString();
  } catch {
    return undefined;
  }
}
