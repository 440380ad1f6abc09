import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
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

/** By what signatures and lists of trusted keys name a certificate. */
export interface CertificateId {
  /** As in a signature: upper-case hexadecimal digits. */
  readonly serial: string;
  /** Of the certificate in DER, whatever the file's form. */
  readonly sha256: string;
}

/** Undefined for what is no certificate. */
export async function readCertificateId(path: string): Promise<CertificateId | undefined> {
  const bytes = await readBytes(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  try {
    const { serialNumber, raw } = new X509Certificate(bytes);
    return { serial: serialNumber.toUpperCase(), sha256: sha256(raw) };
  } catch {
    return undefined;
  }
}
