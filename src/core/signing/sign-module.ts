import { isSigned } from '../../formats/module-signature.ts';
import { type RunOptions, run } from '../../system/exec.ts';
import { readBytes, writeAtomically } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { SigningRecord } from '../provenance/provenance.ts';
import type { Signing } from './signing.ts';

/** Long enough for a token over the network. */
const timeoutSeconds = 300;

/**
 * Signs a module in place; returns what went wrong when it could not, and then the module is as it was. The tool sees
 * `environment`, where the PIN of a token may be (KBUILD_SIGN_PIN), and runs in `cwd`, by default ours.
 */
export async function signModule(
  path: string,
  signing: Extract<Signing, { sign: true }>,
  environment: NonNullable<RunOptions['env']>,
  cwd?: string,
): Promise<string | undefined> {
  const before = await readBytes(path);
  const refusal = await callTool(path, signing, { env: environment, cwd });
  const after = await readBytes(path).catch(() => undefined);
  if (refusal === undefined && after !== undefined && isSigned(after)) return undefined;
  if (after === undefined || !after.equals(before)) await writeAtomically(path, before);
  return refusal ?? `${signing.program} ended well, but appended no signature`;
}

/** What a build remembers of how it was signed. */
export async function recordSigning(signing: Signing): Promise<SigningRecord> {
  if (!signing.sign) return { because: signing.because };
  const { hash, certificate } = signing;
  const bytes = await readBytes(certificate).catch(() => undefined);
  return { hash, certificate, certificateSha256: bytes === undefined ? '' : sha256(bytes) };
}

async function callTool(
  path: string,
  { program, hash, key, certificate }: Extract<Signing, { sign: true }>,
  options: Pick<RunOptions, 'env' | 'cwd'>,
): Promise<string | undefined> {
  const argv = [program, hash, key, certificate, path];
  const result = await run(argv, { ...options, timeoutSeconds }).catch((error: Error) => error);
  if (result instanceof Error) return result.message;
  if (result.timedOut) return `${program} did not end within ${timeoutSeconds} s`;
  if (result.exitCode === 0) return undefined;
  return `${result.stdout}${result.stderr}`.trim() || `${program} ended with status ${result.exitCode}`;
}
