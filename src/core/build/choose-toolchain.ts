import type { Distribution } from '../../distros/index.ts';
import { KmodsmithError } from '../../errors.ts';
import { type CompilerWish, compilerOf } from '../../formats/kernel-compiler.ts';
import { run } from '../../system/exec.ts';
import type { KernelTree } from '../kernels.ts';
import { findProgram } from './toolchain.ts';

/** What compiles and links modules for a kernel. */
export interface Toolchain {
  /** What make and the scripts see, so that makes within makes use the same. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a make command gets, whose own variables would win over the environment. */
  readonly makeWords: readonly string[];
}

export interface ToolchainWish {
  readonly tree: KernelTree;
  readonly distribution: Distribution;
  /** Whether another major version of the kernel's compiler will do where the right one is not installed. */
  readonly anyVersion: boolean;
}

/**
 * The compiler and linker that built the kernel, by its config: the program that it names, else one of the same kind and
 * major version. Objects of different compilers may not fit together.
 * @throws KmodsmithError TOOLCHAIN_MISSING, which names the package.
 */
export async function chooseToolchain(wish: ToolchainWish): Promise<Toolchain> {
  const { config, own } = wish.tree;
  const wanted = compilerOf(own?.settings ?? config?.settings ?? new Map());
  if (wanted === undefined) return { environment: {}, makeWords: [] };
  const compiler = await findCompiler(wanted, wish);
  const linker = wanted.linker === 'lld' ? await findLinker(wanted, compiler, wish) : undefined;
  const llvm = wanted.kind === 'clang' ? (/^clang(-\d+)$/.exec(compiler)?.[1] ?? '1') : undefined;
  return {
    environment: {
      CC: compiler,
      KERNEL_CC: compiler,
      ...(linker !== undefined && { LD: linker, KERNEL_LD: linker }),
      ...(llvm !== undefined && { LLVM: llvm }),
    },
    makeWords: llvm === undefined ? [] : [`LLVM=${llvm}`],
  };
}

async function findCompiler(wanted: CompilerWish, wish: ToolchainWish): Promise<string> {
  const others: string[] = [];
  for (const program of wanted.candidates) {
    const major = await majorVersion(program);
    if (major === undefined) continue;
    if (major === wanted.major || wanted.major === undefined) return program;
    others.push(program);
  }
  const [other] = others;
  if (other !== undefined && wish.anyVersion) return other;
  const name = `${wanted.kind} ${wanted.major ?? ''}`.trim();
  const instead = other === undefined ? '' : `; ${other} is of another version`;
  throw missing(wish, wanted, `${name}, by which the kernel was built, is not installed${instead}`);
}

/** Of the same release as the compiler, where it is not simply called ld.lld. */
async function findLinker(wanted: CompilerWish, compiler: string, wish: ToolchainWish): Promise<string> {
  const suffix = /-\d+$/.exec(compiler)?.[0] ?? '';
  for (const program of [`ld.lld${suffix}`, 'ld.lld'])
    if ((await findProgram(program)) !== undefined) return program;
  const lld: CompilerWish = { ...wanted, kind: 'lld' };
  throw missing(wish, lld, 'ld.lld, by which the kernel was linked, is not installed');
}

async function majorVersion(program: string): Promise<string | undefined> {
  if ((await findProgram(program)) === undefined) return undefined;
  const asked = await run([program, '-dumpversion'], { timeoutSeconds: 20 }).catch(() => undefined);
  return /^\d+/.exec(asked?.stdout ?? '')?.[0];
}

function missing({ tree, distribution }: ToolchainWish, wanted: CompilerWish, why: string): KmodsmithError {
  const name = distribution.compilerPackage?.(wanted.kind, wanted.major);
  const what = name === undefined ? 'it' : `the package ${name}`;
  return new KmodsmithError('TOOLCHAIN_MISSING', `modules for ${tree.release} cannot be built: ${why}`, {
    hint: `Install ${what}. The knob compiler = 'any' takes what is there, at the risk of modules that do not fit the kernel.`,
  });
}
