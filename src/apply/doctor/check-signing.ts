import { readFramework } from '../../config/framework.ts';
import type { LoadedPolicy } from '../../config/merge-policy.ts';
import type { Layout } from '../../core/layout.ts';
import { readCertificate, readCertificateId } from '../../core/signing/certificate.ts';
import { readSecureBoot, type SecureBoot } from '../../core/signing/secure-boot.ts';
import { findKeyPair, inspectKeyPair, type KeyPair } from '../../core/signing/signing-keys.ts';
import type { Distribution } from '../../distros/index.ts';
import { checkSignCommands } from './check-sign-command.ts';
import { checkSignatures } from './check-signatures.ts';
import type { Diagnosis } from './diagnosis.ts';

interface Machine {
  readonly layout: Layout;
  readonly distribution: Distribution;
  readonly loaded: LoadedPolicy;
}

/** Whether the kernel that runs takes the modules that are installed, as far as signatures go. */
export async function checkSigning(machine: Machine): Promise<Diagnosis[]> {
  const boot = await readSecureBoot(machine.layout);
  const { signing: settings } = await readFramework(machine.layout.root, { onWarning: () => undefined });
  const pair = await findKeyPair({ ...machine, settings, environment: {} });
  const { sign, 'sign-command': command } = machine.loaded.policies.base;
  const isEnforced = boot.enforcedBy !== undefined;
  const serial = (await readCertificateId(pair.certificate))?.serial;
  return [
    describeBoot(boot),
    ...(sign === 'off' && isEnforced ? [unwanted] : []),
    ...(await checkSignCommands(machine.layout, machine.loaded)),
    ...(command === '' ? [await checkKey(pair, boot)] : await checkForeignKey(pair, boot)),
    ...(await checkSignatures(machine, { isEnforced, serial })),
  ];
}

const unwanted: Diagnosis = {
  check: 'key',
  level: 'note',
  message: "the policy says sign = 'off', so modules are built that this kernel will not load",
  next: "set sign = 'auto' in /etc/kmodsmith/policy.d, unless something else signs them",
};

function describeBoot({ state, validationDisabled, lockdown, enforcedBy }: SecureBoot): Diagnosis {
  const states = { on: 'on', off: 'off', 'no-efi': 'not there, no EFI variables can be seen' };
  const rest = [
    ...(validationDisabled ? ['shim checks nothing (mokutil --disable-validation)'] : []),
    ...(lockdown === undefined ? [] : [`lockdown: ${lockdown}`]),
    enforcedBy ? 'modules need a signature that is trusted' : 'modules need no signature',
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
    if (boot.enforcedBy === undefined) return { check, level: 'ok', message: `${message}; none is needed` };
    return {
      check,
      level: 'problem',
      message,
      next: pair.maker === 'nobody' ? 'kmodsmith signing-key' : makeKey,
    };
  }
  return checkCertificate(pair, boot);
}

/** Of a key that only a sign-command has, there may be the certificate. */
async function checkForeignKey(pair: KeyPair, boot: SecureBoot): Promise<Diagnosis[]> {
  const { missing } = await inspectKeyPair({ ...pair, key: pair.certificate });
  if (missing.length === 0) return [await checkCertificate({ ...pair, key: pair.certificate }, boot)];
  if (boot.enforcedBy === undefined) return [];
  const message = `whether the key of the sign-command is enrolled cannot be told: ${pair.certificate} is missing`;
  const next = 'name its certificate in /etc/dkms/framework.conf (mok_certificate)';
  return [{ check: 'key', level: 'note', message, next }];
}

async function checkCertificate(pair: KeyPair, boot: SecureBoot): Promise<Diagnosis> {
  const check = 'key';
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
  if (boot.enforcedBy === undefined) return { check, level: 'ok', message: `${message}; that is not needed` };
  return {
    check,
    level: 'problem',
    message,
    next: `mokutil --import ${pair.certificate}, then reboot and confirm`,
  };
}
