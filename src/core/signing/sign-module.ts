import { basename } from 'node:path';
import { isSigned, readSignature, splitSignature } from '../../formats/module-signature.ts';
import { type RunOptions, run } from '../../system/exec.ts';
import { readBytes, writeAtomically } from '../../system/files.ts';
import { readCertificateId } from './certificate.ts';
import { checkSignature } from './check-signature.ts';
import { concealSecrets, lendKey } from './pin.ts';
import { isByCommand, type SigningByCommand, type SigningByKey } from './signing.ts';

type Way = SigningByKey | SigningByCommand;

/** Long enough for a token over the network. */
const usualTimeout = 300;

/**
 * Signs a module in place; returns what went wrong when it could not, and then the module is as it was. The tool sees
 * `environment`, where the PIN of a token may be (KBUILD_SIGN_PIN), and runs in `cwd`, by default ours. It is not believed:
 * what is in front of the signature has to be what was there before.
 */
export async function signModule(
  path: string,
  signing: Way,
  environment: NonNullable<RunOptions['env']>,
  cwd?: string,
): Promise<string | undefined> {
  const before = await readBytes(path);
  const refusal = await callTool(path, signing, { env: environment, cwd });
  const after = await readBytes(path).catch(() => undefined);
  const fault = refusal ?? (await findFault(before, after, signing));
  // A file that nobody else has open: what was looked at is what stays.
  await writeAtomically(path, fault === undefined && after !== undefined ? after : before);
  return fault;
}

async function callTool(
  path: string,
  signing: Way,
  { env, cwd }: { env: NonNullable<RunOptions['env']>; cwd: string | undefined },
): Promise<string | undefined> {
  const { timeoutSeconds = usualTimeout, hash } = signing;
  const key = isByCommand(signing) ? '' : signing.key;
  await using lent = await lendKey(key, env);
  const argv = isByCommand(signing)
    ? [signing.command, hash, path, signing.release]
    : [signing.program, hash, lent.key, signing.certificate, path];
  const result = await run(argv, { env, cwd, timeoutSeconds }).catch((error: Error) => error);
  if (result instanceof Error) return result.message;
  if (result.timedOut) return `${argv[0]} did not end within ${timeoutSeconds} s`;
  if (result.exitCode === 0) return undefined;
  const said = concealSecrets(`${result.stdout}${result.stderr}`.trim(), key, env);
  return said || `${argv[0]} ended with status ${result.exitCode}`;
}

/** Why what a tool has left is not the module that it was given, and a signature. */
async function findFault(
  before: Buffer,
  after: Buffer | undefined,
  signing: Way,
): Promise<string | undefined> {
  const who = basename(isByCommand(signing) ? signing.command : signing.program);
  if (after === undefined) return `${who} left no module`;
  if (!isSigned(after)) return `${who} ended well, but appended no signature`;
  const parts = splitSignature(after);
  const found = readSignature(after);
  if (parts !== undefined && !before.equals(parts.body)) return `${who} altered the module itself`;
  if (parts === undefined || found === undefined || found === 'damaged')
    return `${who} appended what no kernel takes for a signature`;
  if (!isByCommand(signing) || signing.certificate === undefined) return undefined;
  const { certificate } = signing;
  const isOwn = (await readCertificateId(certificate))?.serial === found.serial;
  if (!isOwn || (await checkSignature(parts, await readBytes(certificate))) !== 'broken') return undefined;
  return `the signature that ${who} appended is not one of this module by ${certificate}`;
}
