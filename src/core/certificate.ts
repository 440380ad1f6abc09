import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readBytes } from '../system/files.ts';
import { isToken, type KeyPair } from './signing-keys.ts';

/** What a person compares with what mokutil(1) lists. */
export interface CertificateFacts {
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly validUntil: number;
  /** SHA-1 of the whole, as mokutil lists it: pairs of hexadecimal digits with colons between. */
  readonly fingerprint: string;
  /** Whether the private key is the one that it certifies; undefined where the key cannot be looked at. */
  readonly belongsToKey: boolean | undefined;
}

/** Undefined for what is no certificate, PEM or DER. */
export async function readCertificate({ key, certificate }: KeyPair): Promise<CertificateFacts | undefined> {
  const bytes = await readBytes(certificate).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    const found = new X509Certificate(bytes);
    return {
      subject: found.subject.replaceAll('\n', ', '),
      validUntil: Date.parse(found.validTo),
      fingerprint: found.fingerprint.toLowerCase(),
      belongsToKey: await belongs(found, key),
    };
  } catch {
    return undefined;
  }
}

async function belongs(certificate: X509Certificate, key: string): Promise<boolean | undefined> {
  if (isToken(key)) return undefined;
  try {
    return certificate.checkPrivateKey(createPrivateKey(await readBytes(key)));
  } catch {
    return undefined;
  }
}
