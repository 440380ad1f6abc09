import type { KernelConfig } from '../formats/kernel-config.ts';
import { compareVersionKeys } from '../formats/version-key.ts';
import type { KernelId } from '../policy/types.ts';
import type { Exclusions } from './directives.ts';
import { matchesPattern } from './pattern.ts';

/** Why BUILD_EXCLUSIVE_* keeps a module from a kernel, or undefined when it does not (dkms-compat.md section 2.7). */
export function findExclusion(
  exclusions: Exclusions,
  kernel: KernelId,
  config: KernelConfig | undefined,
): string | undefined {
  const { kernel: pattern, kernelMinimum, kernelMaximum, arch } = exclusions;
  if (pattern !== undefined && !matchesPattern(pattern, kernel.release))
    return `BUILD_EXCLUSIVE_KERNEL is ${pattern}`;
  if (arch !== undefined && !matchesPattern(arch, kernel.arch)) return `BUILD_EXCLUSIVE_ARCH is ${arch}`;
  if (kernelMinimum !== undefined && compareVersionKeys(kernel.release, kernelMinimum) < 0) {
    return `BUILD_EXCLUSIVE_KERNEL_MIN is ${kernelMinimum}`;
  }
  if (kernelMaximum !== undefined && compareVersionKeys(kernel.release, kernelMaximum) > 0) {
    return `BUILD_EXCLUSIVE_KERNEL_MAX is ${kernelMaximum}`;
  }
  return config === undefined ? undefined : findMissingOption(exclusions.config, config);
}

/** `CONFIG_X` must be built in or a module; `!CONFIG_X` must be neither. */
function findMissingOption(words: readonly string[], config: KernelConfig): string | undefined {
  const wrong = words.find((word) => {
    const enabled = /^[ym]$/.test(config.get(word.replace(/^!/, '')) ?? '');
    return word.startsWith('!') ? enabled : !enabled;
  });
  return wrong === undefined ? undefined : `BUILD_EXCLUSIVE_CONFIG asks for ${wrong}`;
}
