import { join } from 'node:path';
import { certificatesOf } from '../../formats/efi-signatures.ts';
import { run } from '../../system/exec.ts';
import { listFolder, readBytes, readTextIfPresent } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { Layout } from '../layout.ts';

export interface SecureBoot {
  /** `no-efi`: the machine, or this root, shows no EFI variables; there is no Secure Boot without. */
  readonly state: 'on' | 'off' | 'no-efi';
  /** `mokutil --disable-validation`: shim and the kernel check nothing although the firmware does. */
  readonly validationDisabled: boolean;
  /** kernel_lockdown(7): `none`, `integrity` or `confidentiality`; undefined where the kernel says nothing. */
  readonly lockdown?: string;
  /** Why this machine's kernel refuses modules without a signature that it trusts; undefined: it does not. */
  readonly enforcedBy?: 'secure-boot' | 'lockdown' | 'sig-enforce';
  /** SHA-256 of the certificates (DER) that firmware and shim trust. */
  readonly enrolled: ReadonlySet<string>;
}

/** Of variables that the firmware has, and of those that shim makes (MokVars.txt of shim). */
const globalVariable = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const shimVariable = '605dab50-e046-4300-abb6-3dd810dd8b23';
const securityDatabase = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';

/** efivarfs puts the attributes in front of the content (Documentation/filesystems/efivarfs.rst). */
const attributesLength = 4;

export async function readSecureBoot({ root }: Layout): Promise<SecureBoot> {
  const folder = join(root, 'sys/firmware/efi/efivars');
  const flag = (await readVariable(folder, `SecureBoot-${globalVariable}`))?.[0];
  const state = flag === undefined ? await askMokutil(root) : flag === 1 ? 'on' : 'off';
  const disabled = (await readVariable(folder, `MokSBStateRT-${shimVariable}`))?.[0] === 1;
  const lockdown = /\[(\w+)\]/.exec(await readText(join(root, 'sys/kernel/security/lockdown')))?.[1];
  const enforce = (await readText(join(root, 'sys/module/module/parameters/sig_enforce'))).trim();
  const isLocked = lockdown !== undefined && lockdown !== 'none';
  const other = isLocked ? 'lockdown' : enforce === 'Y' ? 'sig-enforce' : undefined;
  const enforcedBy = state === 'on' && !disabled ? 'secure-boot' : other;
  return {
    ...{ state, validationDisabled: disabled },
    ...(lockdown !== undefined && { lockdown }),
    ...(enforcedBy !== undefined && { enforcedBy }),
    enrolled: await readEnrolled(folder),
  };
}

/** Where the variables are not mounted, which mokutil(1) cannot change either but says. */
async function askMokutil(root: string): Promise<SecureBoot['state']> {
  if (root !== '/') return 'no-efi';
  const asked = await run(['mokutil', '--sb-state'], { timeoutSeconds: 20 }).catch(() => undefined);
  const [, state] = /SecureBoot (enabled|disabled)/.exec(asked?.stdout ?? '') ?? [];
  if (state === undefined) return 'no-efi';
  return state === 'enabled' ? 'on' : 'off';
}

/** A long list of machine owner keys goes on in MokListRT1 and so on. */
async function readEnrolled(folder: string): Promise<Set<string>> {
  const names = (await listFolder(folder).catch(() => [])).map(({ name }) => name);
  const isList = (name: string) =>
    name === `db-${securityDatabase}` || (name.startsWith('MokListRT') && name.endsWith(`-${shimVariable}`));
  const lists = await Promise.all(names.filter(isList).map((name) => readVariable(folder, name)));
  return new Set(lists.flatMap((list) => (list === undefined ? [] : certificatesOf(list).map(sha256))));
}

async function readVariable(folder: string, name: string): Promise<Uint8Array | undefined> {
  const bytes = await readBytes(join(folder, name)).catch(() => undefined);
  return bytes?.subarray(attributesLength);
}

async function readText(path: string): Promise<string> {
  return (await readTextIfPresent(path).catch(() => undefined)) ?? '';
}
