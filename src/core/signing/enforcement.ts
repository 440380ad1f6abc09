import type { KernelTree } from '../kernels.ts';
import type { SecureBoot } from './secure-boot.ts';

/** What makes a kernel refuse every module without a signature that it trusts. */
export type Enforcement = 'kernel-config' | NonNullable<SecureBoot['enforcedBy']>;

/** Undefined: it loads modules without. A kernel that knows no signatures asks for none. */
export function findEnforcement({ config }: KernelTree, boot: SecureBoot): Enforcement | undefined {
  if (config === undefined) return undefined;
  if (config.settings.get('CONFIG_MODULE_SIG_FORCE') === 'y') return 'kernel-config';
  return config.settings.get('CONFIG_MODULE_SIG') === 'y' ? boot.enforcedBy : undefined;
}

/** As a clause. */
export function describeEnforcement(by: Enforcement): string {
  switch (by) {
    case 'kernel-config':
      return 'the kernel takes signed modules only (CONFIG_MODULE_SIG_FORCE)';
    case 'secure-boot':
      return 'Secure Boot is on, so the kernel takes signed modules only';
    case 'lockdown':
      return 'the kernel is locked down, so it takes signed modules only';
    case 'sig-enforce':
      return 'the kernel takes signed modules only (module.sig_enforce)';
  }
}
