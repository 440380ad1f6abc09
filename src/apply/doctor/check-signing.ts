import { readFramework } from '../../config/framework.ts';
import type { Layout } from '../../core/layout.ts';
import { readCertificate, readCertificateId } from '../../core/signing/certificate.ts';
import { listSignatures, type SignedFile } from '../../core/signing/installed-signatures.ts';
import { readSecureBoot, type SecureBoot } from '../../core/signing/secure-boot.ts';
import { findKeyPair, inspectKeyPair, type KeyPair } from '../../core/signing/signing-keys.ts';
import type { Distribution } from '../../distros/index.ts';
import type { Diagnosis } from './diagnosis.ts';

interface Machine {
  readonly layout: Layout;
  readonly distribution: Distribution;
}

/** Whether the kernel that runs takes the modules that are installed, as far as signatures go. */
export async function checkSigning(machine: Machine): Promise<Diagnosis[]> {
  const boot = await readSecureBoot(machine.layout);
  const { signing: settings } = await readFramework(machine.layout.root, { onWarning: () => undefined });
  const pair = await findKeyPair({ ...machine, settings, environment: {} });
  return [
    describeBoot(boot),
    await checkKey(pair, boot),
    ...(await checkFiles(machine.layout, { boot, pair })),
  ];
}

function describeBoot({ state, validationDisabled, lockdown, enforced }: SecureBoot): Diagnosis {
  const states = { on: 'on', off: 'off', 'no-efi': 'not there, no EFI variables can be seen' };
  const rest = [
    ...(validationDisabled ? ['shim checks nothing (mokutil --disable-validation)'] : []),
    ...(lockdown === undefined ? [] : [`lockdown: ${lockdown}`]),
    enforced ? 'modules need a signature that is trusted' : 'modules need no signature',
  ];
  return {
    check: 'secure-boot',
    level: 'ok',
    message: `Secure Boot is ${states[state]}; ${rest.join('; ')}`,
  };
}

const makeKey = 'kmodsmith signing-key --generate';

async function checkKey(pair: KeyPair, boot: SecureBoot): Promise<Diagnosis> {
  const { missing, unusable } = await inspectKeyPair(pair);
  const check = 'key';
  if (unusable.length > 0)
    return { check, level: 'problem', message: unusable.join('; '), next: 'kmodsmith signing-key' };
  if (missing.length > 0) {
    const message = `there is no key to sign modules with: ${missing.join(' and ')} missing`;
    if (!boot.enforced) return { check, level: 'ok', message: `${message}; none is needed` };
    return {
      check,
      level: 'problem',
      message,
      next: pair.maker === 'nobody' ? 'kmodsmith signing-key' : makeKey,
    };
  }
  const facts = await readCertificate(pair);
  const id = await readCertificateId(pair.certificate);
  if (facts === undefined || id === undefined)
    return {
      check,
      level: 'problem',
      message: `${pair.certificate} is no certificate`,
      next: 'kmodsmith signing-key',
    };
  if (facts.belongsToKey === false) {
    const message = `${pair.certificate} does not belong to ${pair.key}`;
    return { check, level: 'problem', message, next: 'kmodsmith signing-key' };
  }
  const known = `${pair.certificate} (${facts.subject}, SHA-1 ${facts.fingerprint})`;
  if (boot.enrolled.has(id.sha256)) return { check, level: 'ok', message: `${known} is enrolled` };
  const message = `${known} is not enrolled`;
  if (!boot.enforced) return { check, level: 'ok', message: `${message}; that is not needed` };
  return {
    check,
    level: 'problem',
    message,
    next: `mokutil --import ${pair.certificate}, then reboot and confirm`,
  };
}

interface Trust {
  readonly boot: SecureBoot;
  readonly pair: KeyPair;
}

async function checkFiles(layout: Layout, { boot, pair }: Trust): Promise<Diagnosis[]> {
  const files = await listSignatures(layout);
  const id = await readCertificateId(pair.certificate);
  const signers = new Map<string, SignedFile[]>();
  for (const file of files) {
    const signer = signerOf(file, id?.serial);
    signers.set(signer, [...(signers.get(signer) ?? []), file]);
  }
  return [...signers].map(([signer, own]): Diagnosis => {
    const state = signer === '' ? 'not signed' : `signed by ${signer}`;
    const message = describeFiles(own, state);
    if (signer !== '') return { check: 'signatures', level: 'ok', message };
    if (!boot.enforced) return { check: 'signatures', level: 'ok', message };
    return { check: 'signatures', level: 'problem', message, next: rebuildFirst(own) };
  });
}

/** Empty for nobody. */
function signerOf({ signature }: SignedFile, ownSerial: string | undefined): string {
  if (signature === undefined) return '';
  const name = signature.signer === '' ? 'somebody whom the signature does not name' : signature.signer;
  return signature.serial !== '' && signature.serial === ownSerial
    ? `${name}, the key of this machine`
    : name;
}

/** As many as are told by name. */
const shown = 3;

function describeFiles(files: readonly SignedFile[], state: string): string {
  const names = files.slice(0, shown).map(({ path }) => path);
  const others = files.length - names.length;
  const list = `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return `${files.length === 1 ? 'one installed module is' : `${files.length} installed modules are`} ${state}: ${list}`;
}

function rebuildFirst(files: readonly SignedFile[]): string {
  const [first] = files;
  if (first === undefined) return '';
  const { module, release } = first.at;
  return `kmodsmith install ${module.name}/${module.version} -k ${release} --rebuild`;
}
