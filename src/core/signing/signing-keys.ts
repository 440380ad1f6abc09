import { join } from 'node:path';
import type { FrameworkSigning } from '../../config/framework.ts';
import type { Distribution } from '../../distros/index.ts';
import { parseShellAssignments } from '../../formats/shell-assignments.ts';
import { existsAsEntry, kindOf, listFolder, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import { findProgram } from '../build/toolchain.ts';
import type { KernelTree } from '../kernels.ts';
import type { Layout } from '../layout.ts';

/** What modules are signed with. Paths are the host's. */
export interface KeyPair {
  /** A path or a `pkcs11:` URI. */
  readonly key: string;
  readonly certificate: string;
  /** What makes the pair where it is missing. A key in a token or of a kernel's own is nobody's to make. */
  readonly maker: 'openssl' | 'update-secureboot-policy' | 'nobody';
}

export interface KeyQuestion {
  readonly layout: Layout;
  /** Gentoo signs with the key of the kernel itself when there is no other. */
  readonly tree?: KernelTree;
  readonly settings: FrameworkSigning;
  readonly distribution: Distribution;
  /** What counts besides framework.conf; the engine takes nothing from it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Which pair is the machine's: framework.conf's, else the distribution's, else dkms's own (dkms-compat.md section 3.3). */
export async function findKeyPair(question: KeyQuestion): Promise<KeyPair> {
  const { layout, settings, distribution } = question;
  const keeper = distribution.signing?.keeper;
  if (settings.key === undefined || settings.certificate === undefined) {
    if (keeper === 'shim-signed' && (await findProgram(secureBootPolicy)) !== undefined)
      return rooted(layout, { ...shimPair, ...settings });
    if (keeper === 'portage') return portagePair(question);
  }
  return rooted(layout, { ...ownPair, ...settings });
}

/** Where Ubuntu's shim-signed and its update-secureboot-policy(8) keep theirs. */
export const secureBootPolicy = 'update-secureboot-policy';
const shimPair = {
  key: '/var/lib/shim-signed/mok/MOK.priv',
  certificate: '/var/lib/shim-signed/mok/MOK.der',
};
/** Wherever dkms's tree is. */
const ownPair = { key: '/var/lib/dkms/mok.key', certificate: '/var/lib/dkms/mok.pub' };

export function isToken(key: string): boolean {
  return key.startsWith('pkcs11:');
}

async function rooted({ root }: Layout, given: Omit<KeyPair, 'maker'>): Promise<KeyPair> {
  const hostPath = async (path: string) =>
    root === '/' || isToken(path) ? path : await resolveInRoot(root, path);
  const isShim = given.key === shimPair.key && given.certificate === shimPair.certificate;
  const isMakeable = !isToken(given.key) && given.key !== given.certificate;
  const maker = isShim ? secureBootPolicy : 'openssl';
  return {
    key: await hostPath(given.key),
    certificate: await hostPath(given.certificate),
    maker: isMakeable ? maker : 'nobody',
  };
}

/** As Gentoo's linux-mod-r1.eclass has it: one file may hold both, and the kernel's own key is the last resort. */
async function portagePair(question: KeyQuestion): Promise<KeyPair> {
  const { layout, tree, settings, environment } = question;
  const { MODULES_SIGN_KEY: key, MODULES_SIGN_CERT: certificate } = {
    ...(await readMakeConf(layout)),
    ...environment,
  };
  const configured = settings.key ?? key;
  const configuredCertificate = settings.certificate ?? certificate;
  if (configured)
    return rooted(layout, { key: configured, certificate: configuredCertificate || configured });
  const kernels = tree?.config?.settings.get('CONFIG_MODULE_SIG_KEY');
  if (!tree || !kernels) return rooted(layout, { ...ownPair, ...settings });
  const own = kernels.startsWith('/') || isToken(kernels) ? kernels : join(tree.path, kernels);
  return { key: own, certificate: configuredCertificate || own, maker: 'nobody' };
}

/** make.conf(5) is a file, or a folder of them. */
async function readMakeConf({ root }: Layout): Promise<Record<string, string>> {
  const path = await resolveInRoot(root, '/etc/portage/make.conf');
  const isFolder = (await kindOf(path)) === 'folder';
  const files = isFolder ? (await listFolder(path)).map(({ name }) => join(path, name)) : [path];
  const texts = await Promise.all(files.map((file) => readTextIfPresent(file).catch(() => undefined)));
  return Object.fromEntries(texts.flatMap((text) => [...parseShellAssignments(text ?? '')]));
}

export interface KeyPairState {
  /** Paths where there is nothing. */
  readonly missing: readonly string[];
  /** Paths with something that cannot be a key or a certificate: what is wrong with it. */
  readonly unusable: readonly string[];
}

/** What keeps a pair from being used. A key in a token is taken to be there. */
export async function inspectKeyPair({ key, certificate }: KeyPair): Promise<KeyPairState> {
  const missing: string[] = [];
  const unusable: string[] = [];
  for (const path of new Set([key, certificate])) {
    const kind = isToken(path) ? 'file' : await kindOf(path);
    if (kind === 'file') continue;
    if (kind !== 'missing')
      unusable.push(`${path} is ${kind === 'unreadable' ? 'unreadable for us' : 'no file'}`);
    else if (await existsAsEntry(path)) unusable.push(`${path} is a link that leads nowhere`);
    else missing.push(path);
  }
  return { missing, unusable };
}
