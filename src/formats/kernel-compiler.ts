import type { KernelConfig } from './kernel-config.ts';

/** By what a kernel was built, as its config says. */
export interface CompilerWish {
  readonly kind: 'gcc' | 'clang' | 'lld';
  readonly major?: string;
  /** Programs that may be it, the likeliest first. */
  readonly candidates: readonly string[];
  readonly linker: 'lld' | 'bfd';
}

/**
 * Kconfig writes down who compiles (init/Kconfig: CC_VERSION_TEXT, GCC_VERSION, CLANG_VERSION, LD_IS_LLD). Undefined for
 * kernels before 4.18, which do not say.
 */
export function compilerOf(config: KernelConfig): CompilerWish | undefined {
  const text = config.get('CONFIG_CC_VERSION_TEXT') ?? '';
  const isClang = config.get('CONFIG_CC_IS_CLANG') === 'y';
  const kind = isClang ? 'clang' : 'gcc';
  // 140200 is 14.2.0.
  const version = Number(config.get(isClang ? 'CONFIG_CLANG_VERSION' : 'CONFIG_GCC_VERSION') ?? 0);
  if (text === '' && version === 0) return undefined;
  const [named = ''] = text.split(' ', 1);
  const major = version > 0 ? String(Math.floor(version / 10000)) : undefined;
  // clang's text begins with the vendor: "Debian clang version 19.1.7".
  const own = /^[\w.+-]*(gcc|clang)[\w.+-]*$/.test(named) ? [named] : [];
  const [triplet] = /^.+-(?=gcc)/.exec(named) ?? [''];
  const versioned = major === undefined ? [] : [`${kind}-${major}`];
  const crossed =
    triplet === '' ? [] : [...versioned.map((name) => `${triplet}${name}`), `${triplet}${kind}`];
  return {
    kind,
    ...(major !== undefined && { major }),
    candidates: [...new Set([...own, ...versioned, kind, ...crossed])],
    linker: config.get('CONFIG_LD_IS_LLD') === 'y' ? 'lld' : 'bfd',
  };
}
