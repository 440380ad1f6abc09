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
  | {
      readonly sign: true;
      /** The kernel's sign-file, or kmodsign: called with hash, key, certificate and the module. */
      readonly program: string;
      readonly hash: string;
      /** A path or a `pkcs11:` URI. */
      readonly key: string;
      readonly certificate: string;
      /** Whether the pair was made just now: it has to be enrolled before a kernel trusts it. */
      readonly made: boolean;
    }
  | { readonly sign: false; readonly because: string };

export interface SigningQuestion extends KeyQuestion {
  readonly tree: KernelTree;
  /** framework.conf's, read for this kernel. */
  readonly settings: FrameworkSigning;
  /** Whether a pair that is missing is made, as dkms does. */
  readonly mayMakeKeys: boolean;
  /** Whether to sign inside a chroot too; dkms does so only with `try_sign_modules=true`. */
  readonly inChroot: boolean;
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
  const program = await findSignTool(question);
  if (!(await isExecutable(program))) return unsigned(`${program} is not there or cannot be executed`);
  const pair = await findKeyPair(question);
  const prepared = await prepare(pair, question);
  if (typeof prepared === 'string') return unsigned(prepared);
  return { sign: true, program, hash, key: pair.key, certificate: pair.certificate, ...prepared };
}

/** As decideSigning, once for each kernel, by what framework.conf says for it (its paths may name `$kernelver`). */
export function signingByKernel(
  question: Omit<SigningQuestion, 'tree' | 'settings'>,
): (tree: KernelTree) => Promise<Signing> {
  const decided = new Map<string, Promise<Signing>>();
  const decide = async (tree: KernelTree) => {
    // Whoever read it first has said what is wrong with it.
    const quiet = { onWarning: () => undefined };
    const reading = { kernel: tree.release, environment: question.environment, ...quiet };
    const { signing: settings } = await readFramework(question.layout.root, reading);
    return decideSigning({ ...question, tree, settings });
  };
  return (tree) => {
    const known = decided.get(tree.release) ?? decide(tree);
    decided.set(tree.release, known);
    return known;
  };
}

function unsigned(because: string): Signing {
  return { sign: false, because };
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
