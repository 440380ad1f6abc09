import { join } from 'node:path';
import { type FrameworkSigning, readFramework } from '../../config/framework.ts';
import { messageOf } from '../../errors.ts';
import { isChroot } from '../../system/chroot.ts';
import { isExecutable, kindOf } from '../../system/files.ts';
import { insideRoot, resolveInRoot } from '../../system/root.ts';
import { findProgram } from '../build/toolchain.ts';
import type { KernelTree } from '../kernels.ts';
import { makeKeyPair } from './mok.ts';
import { findKeyPair, inspectKeyPair, type KeyPair, type KeyQuestion } from './signing-keys.ts';

/** How the modules of a build are signed, or why they are not. */
export type Signing =
  | SigningByKey
  | SigningByCommand
  /** `lacks`: what the policy names and is not there. */
  | { readonly sign: false; readonly because: string; readonly lacks?: 'sign-command' };

interface Signed {
  readonly sign: true;
  readonly hash: string;
  /** Whether a build that cannot be signed fails. */
  readonly required?: boolean;
  /** When the program is given up. */
  readonly timeoutSeconds?: number;
}

export interface SigningByKey extends Signed {
  /** The kernel's sign-file, or kmodsign: called with hash, key, certificate and the module. */
  readonly program: string;
  /** A path or a `pkcs11:` URI. */
  readonly key: string;
  readonly certificate: string;
  /** Whether the pair was made just now: it has to be enrolled before a kernel trusts it. */
  readonly made: boolean;
}

/** The program that the policy names signs by itself, here or elsewhere: knob `sign-command` (docs/policy.md). */
export interface SigningByCommand extends Signed {
  /** Called with hash, module and release. */
  readonly command: string;
  readonly release: string;
  /** The machine's, if there is one: whether it is this key that signs nobody knows before. */
  readonly certificate?: string;
}

export function isByCommand(signing: SigningByKey | SigningByCommand): signing is SigningByCommand {
  return 'command' in signing;
}

export interface SigningQuestion extends KeyQuestion {
  readonly tree: KernelTree;
  /** framework.conf's, read for this kernel. */
  readonly settings: FrameworkSigning;
  /** Whether a pair that is missing is made, as dkms does. */
  readonly mayMakeKeys: boolean;
  /** Whether to sign inside a chroot too; dkms does so only with `try_sign_modules=true`. */
  readonly inChroot: boolean;
  /** What signs in place of sign-file; its path inside the root. */
  readonly command?: string | undefined;
}

/** Decides how modules for a kernel are signed, in dkms's order (dkms-compat.md section 3.3). */
export async function decideSigning(question: SigningQuestion): Promise<Signing> {
  const { settings, environment, tree } = question;
  const wanted = settings.trySignModules;
  if (wanted === 'false') return unsigned('try_sign_modules=false says so');
  if (wanted !== 'true' && !question.inChroot && (await isChroot({ environment })))
    return unsigned('this is a chroot, whose modules are for another system');
  if (tree.config === undefined) return unsigned(`${tree.path} holds no kernel config`);
  const hash = tree.config.settings.get('CONFIG_MODULE_SIG_HASH');
  if (hash === undefined || hash === '') return unsigned('the kernel knows no module signatures');
  if (question.command) return decideByCommand(question.command, hash, question);
  const program = await findSignTool(question);
  if (!(await isExecutable(program))) return unsigned(`${program} is not there or cannot be executed`);
  const pair = await findKeyPair(question);
  const prepared = await prepare(pair, question);
  if (typeof prepared === 'string') return unsigned(prepared);
  return { sign: true, program, hash, key: pair.key, certificate: pair.certificate, ...prepared };
}

/** As decideSigning, once for each kernel, by what framework.conf says for it (its paths may name `$kernelver`). */
export function signingByKernel(
  question: Omit<SigningQuestion, 'tree' | 'settings' | 'command'>,
): (tree: KernelTree, command?: string) => Promise<Signing> {
  const decided = new Map<string, Promise<Signing>>();
  const decide = async (tree: KernelTree, command: string) => {
    // Whoever read it first has said what is wrong with it.
    const quiet = { onWarning: () => undefined };
    const reading = { kernel: tree.release, environment: question.environment, ...quiet };
    const { signing: settings } = await readFramework(question.layout.root, reading);
    return decideSigning({ ...question, tree, settings, command });
  };
  return (tree, command = '') => {
    const key = `${tree.release} ${command}`;
    const known = decided.get(key) ?? decide(tree, command);
    decided.set(key, known);
    return known;
  };
}

function unsigned(because: string): Extract<Signing, { sign: false }> {
  return { sign: false, because };
}

/** No key is needed here, and none is looked for. */
async function decideByCommand(named: string, hash: string, question: SigningQuestion): Promise<Signing> {
  const command = await hostPath(question.layout.root, named);
  if (!(await isExecutable(command)))
    return { ...unsigned(`${named} is not there or cannot be executed`), lacks: 'sign-command' };
  const { certificate } = await findKeyPair(question);
  const isThere = (await kindOf(certificate)) === 'file';
  const { release } = question.tree;
  return { sign: true, command, hash, release, ...(isThere && { certificate }) };
}

/** The first that is there; the build tree's own is the last resort, even for a file that framework.conf names. */
async function findSignTool({ layout, tree, settings, distribution }: SigningQuestion): Promise<string> {
  const { root } = layout;
  const candidates =
    settings.signFile === undefined ? distribution.signing?.tools(tree.release) : [settings.signFile];
  for (const candidate of candidates ?? []) {
    const path = candidate.startsWith('/')
      ? await hostPath(root, candidate)
      : ((await findProgram(candidate)) ?? candidate);
    if ((await kindOf(path)) === 'file') return path;
  }
  return hostPath(root, insideRoot(root, join(tree.path, 'scripts/sign-file')));
}

/** Links inside another root lead elsewhere there; in our own the path stays as it was given. */
async function hostPath(root: string, path: string): Promise<string> {
  return root === '/' ? path : resolveInRoot(root, path);
}

/** Whether the pair was made, or why there is none to sign with. */
async function prepare(
  pair: KeyPair,
  { layout, environment, mayMakeKeys }: SigningQuestion,
): Promise<{ made: boolean } | string> {
  const { missing, unusable } = await inspectKeyPair(pair);
  if (unusable.length > 0) return unusable.join(', ');
  if (missing.length === 0) return { made: false };
  if (!mayMakeKeys) return `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  try {
    return { made: await makeKeyPair(pair, { layout, environment }) };
  } catch (error) {
    return messageOf(error);
  }
}
