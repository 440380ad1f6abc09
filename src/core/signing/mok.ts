import { dirname, join } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { now } from '../../system/clock.ts';
import { type RunOptions, run, runChecked } from '../../system/exec.ts';
import {
  existsAsEntry,
  kindOf,
  makeFolder,
  readBytes,
  removeTree,
  renamePath,
  writeAtomically,
} from '../../system/files.ts';
import { takeLock } from '../../system/lock.ts';
import { makePrivateFolder } from '../../system/private-folder.ts';
import { findProgram } from '../build/toolchain.ts';
import type { Layout } from '../layout.ts';
import { withoutPin } from './pin.ts';
import { inspectKeyPair, type KeyPair, secureBootPolicy } from './signing-keys.ts';

export interface KeyMaking {
  readonly layout: Layout;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Makes what is missing of a pair: a machine owner key (mokutil(1)) and its self-signed certificate. Leaves a complete
 * pair alone. A private key that is there gets a certificate; it is never replaced. At no time is there a new key
 * without its certificate. Returns whether anything was made.
 * @throws KmodsmithError SIGNING_KEY_FAILED.
 */
export async function makeKeyPair(pair: KeyPair, { layout, environment }: KeyMaking): Promise<boolean> {
  try {
    await using _lock = await takeLock(join(layout.root, 'var/lib/kmodsmith/signing-key.lock'), patience);
    const { missing, unusable } = await inspectKeyPair(pair);
    if (unusable.length > 0) throw refused(pair, unusable.join(', '));
    if (missing.length === 0) return false;
    await makers[pair.maker](pair, environment);
    const left = await inspectKeyPair(pair);
    if (left.missing.length > 0) throw refused(pair, `${left.missing.join(', ')} did not come into being`);
    return true;
  } catch (error) {
    if (error instanceof KmodsmithError && error.code === 'SIGNING_KEY_FAILED') throw error;
    throw refused(pair, messageOf(error), { cause: error });
  }
}

/** How long, in seconds, one process waits for another that makes the pair. */
const patience = 120;

const makers: Record<
  KeyPair['maker'],
  (pair: KeyPair, environment: KeyMaking['environment']) => Promise<void>
> = {
  openssl: makeWithOpenssl,
  'update-secureboot-policy': makeWithSecureBootPolicy,
  nobody: async (pair) => {
    throw refused(pair, 'a key in a token or of a kernel is not ours to make', {
      hint: 'Correct mok_signing_key and mok_certificate in /etc/dkms/framework.conf.',
    });
  },
};

/**
 * A certificate that can sign code and nothing else: the kernel's own example (Documentation/admin-guide/
 * module-signing.rst), with dkms's name and purpose.
 */
const certificateRequest = `[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = DKMS module signing key
[extensions]
basicConstraints = critical,CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/** A hundred years: modules have to load as long as the machine lives. */
const days = '36500';

async function makeWithOpenssl(pair: KeyPair): Promise<void> {
  const openssl = await findProgram('openssl');
  if (openssl === undefined) {
    throw refused(pair, 'openssl is not installed', {
      hint: 'Install openssl, or name a pair of your own in /etc/dkms/framework.conf (mok_signing_key, mok_certificate).',
    });
  }
  const folder = await makePrivateFolder(dirname(pair.key));
  try {
    const [config, key, certificate] = ['config', 'key', 'certificate'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeAtomically(config, certificateRequest);
    const hasKey = (await kindOf(pair.key)) === 'file';
    const signer = hasKey ? ['-key', pair.key] : ['-newkey', 'rsa:2048', '-nodes', '-keyout', key];
    const form = [
      '-batch',
      '-sha256',
      '-days',
      days,
      '-config',
      config,
      '-outform',
      'DER',
      '-out',
      certificate,
    ];
    await runChecked([openssl, 'req', '-new', '-x509', ...form, ...signer], { timeoutSeconds: 300 });
    if (!hasKey) await setAside(pair.certificate);
    await writeAtomically(pair.certificate, await readBytes(certificate), 0o644);
    if (!hasKey) await writeAtomically(pair.key, await readBytes(key), 0o600);
  } finally {
    await removeTree(folder);
  }
}

/** Ubuntu asks for the enrolment itself, later, where it can: a trigger of shim-signed does, when dpkg runs. */
async function makeWithSecureBootPolicy(pair: KeyPair, environment: KeyMaking['environment']): Promise<void> {
  await setAside(pair.key);
  // It makes none while a certificate is there.
  await setAside(pair.certificate);
  await makeFolder(dirname(pair.certificate));
  const options: RunOptions = { env: debconfEnvironment(environment), timeoutSeconds: 300 };
  await runChecked([secureBootPolicy, '--new-key'], options);
  await run([secureBootPolicy, '--enroll-key'], options);
}

/** How debconf(7) is to ask; not what belongs to a frontend that already runs, since we do not pass on its pipe. */
function debconfEnvironment(environment: KeyMaking['environment']): Record<string, string> {
  const passed = /^(DEBIAN_FRONTEND|DEBIAN_PRIORITY|DEBCONF_NONINTERACTIVE_SEEN|DPKG_.*|TERM)$/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => passed.test(name)));
}

/** Half a pair is of no use, but may be somebody's. */
async function setAside(path: string): Promise<void> {
  if (await existsAsEntry(path)) await renamePath(path, `${path}.old-${Math.trunc(now())}`);
}

function refused(
  { key, certificate }: KeyPair,
  why: string,
  options: { hint?: string; cause?: unknown } = {},
): KmodsmithError {
  const hint =
    options.hint ?? 'Put a key and its certificate there, or mend what keeps them from being made.';
  return new KmodsmithError(
    'SIGNING_KEY_FAILED',
    `no signing key was made (key ${withoutPin(key)}, certificate ${certificate}): ${why}`,
    { ...options, hint },
  );
}
