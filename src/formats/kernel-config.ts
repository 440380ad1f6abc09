/** Symbols with their values (y, m, a number, or a string without its quotes); symbols that are off are absent. */
export type KernelConfig = ReadonlyMap<string, string>;

export type ModuleCompression = 'none' | 'gzip' | 'xz' | 'zstd';

/** Parses .config, /boot/config-* or include/config/auto.conf (which since 5.17 has strings without quotes). */
export function parseKernelConfig(text: string): KernelConfig {
  const config = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals < 0 || !line.startsWith('CONFIG_')) continue;
    const value = line.slice(equals + 1).trim();
    if (value === 'n') config.delete(line.slice(0, equals));
    else config.set(line.slice(0, equals), unquote(value));
  }
  return config;
}

/**
 * What modules_install does to modules (scripts/Makefile.modinst, kernel/module/Kconfig):
 * - to 5.12: compresses if MODULE_COMPRESS, with the chosen algorithm;
 * - 5.13 to 6.11: no MODULE_COMPRESS; the choice itself has MODULE_COMPRESS_NONE;
 * - from 6.12: MODULE_COMPRESS says what the kernel can read, only MODULE_COMPRESS_ALL makes install compress.
 * MODULE_COMPRESS without MODULE_COMPRESS_ALL thus means yes on the oldest and no on the newest. RUSTC_VERSION tells
 * them apart: it came with 6.12 too and always has a value (0 without a Rust compiler), in auto.conf as well.
 */
export function moduleCompression(config: KernelConfig): ModuleCompression {
  const separateSwitch = config.has('CONFIG_MODULE_COMPRESS') && config.has('CONFIG_RUSTC_VERSION');
  if (separateSwitch && !config.has('CONFIG_MODULE_COMPRESS_ALL')) return 'none';
  if (config.has('CONFIG_MODULE_COMPRESS_GZIP')) return 'gzip';
  if (config.has('CONFIG_MODULE_COMPRESS_XZ')) return 'xz';
  return config.has('CONFIG_MODULE_COMPRESS_ZSTD') ? 'zstd' : 'none';
}

// Kconfig escapes only the quote and the backslash (sym_escape_string_value, scripts/kconfig/symbol.c).
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\(.)/g, '$1');
}
