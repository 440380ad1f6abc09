import type { KernelTree } from '../kernels.ts';
import { findProgram } from './toolchain.ts';

/** The compiler and linker of the kernel's own build, where they are installed (dkms-compat.md section 2.6). */
export async function compilerEnvironment({
  config,
  own: kernels,
}: KernelTree): Promise<Record<string, string>> {
  const settings = config?.settings;
  const version = [config, kernels].map((file) => file?.settings.get('CONFIG_CC_VERSION_TEXT'));
  const own = version.find((text) => text !== undefined)?.split(' ')[0] ?? '';
  const candidates = isBuiltByClang(settings) ? ['clang', own] : [own];
  const compiler = await firstInstalled(candidates);
  const linker = settings?.get('CONFIG_LD_IS_LLD') === 'y' ? await firstInstalled(['ld.lld']) : undefined;
  return {
    ...(compiler !== undefined && { CC: compiler, KERNEL_CC: compiler }),
    ...(linker !== undefined && { LD: linker, KERNEL_LD: linker }),
  };
}

/** A kernel that clang built has objects that only LLVM's tools can join. */
export function isBuiltByClang(settings: ReadonlyMap<string, string> | undefined): boolean {
  return settings?.get('CONFIG_CC_IS_CLANG') === 'y';
}

async function firstInstalled(programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    if (program !== '' && (await findProgram(program)) !== undefined) return program;
  }
  return undefined;
}
