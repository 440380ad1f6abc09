import { basename } from 'node:path';
import { noteLag } from '../core/initramfs/lag.ts';
import { objectName } from '../core/install/built-files.ts';
import type { Layout } from '../core/layout.ts';
import type { Damage } from '../core/repair/damage.ts';
import { oncePerKernel } from '../policy/once-per-kernel.ts';
import { type Policies, policyFor } from '../policy/policies.ts';
import type { Action, Facts, Plan } from '../policy/types.ts';

/** Of damage that a plan mends. */
export function stepsFor({ kind }: Damage): Action['do'][] {
  switch (kind) {
    case 'not-in-place':
    case 'install-cut-short':
      return ['install'];
    case 'manifest-outlived':
    case 'uninstall-cut-short':
      return ['uninstall'];
    case 'build-gone':
      return ['uninstall', 'unbuild'];
    default:
      return [];
  }
}

interface Mended {
  readonly facts: Facts;
  readonly policies: Policies;
  /** Releases of kernels whose modules were touched, or whose index is outdated. */
  readonly stale: ReadonlySet<string>;
}

/** What is installed and uninstalled anew, then for each kernel that was touched its links, its index and its initramfs. */
export function planMending(damages: readonly Damage[], { facts, policies, stale }: Mended): Plan {
  const actions = damages.flatMap((damage) => {
    const { module, release, arch } = damage.at;
    return stepsFor(damage).map((step): Action => {
      const because = { code: step === 'install' ? 'not-installed' : 'asked' } as const;
      return { do: step, module, kernel: { release, arch }, because } as Action;
    });
  });
  const kernels = facts.kernels.filter(({ release, image }) => stale.has(release) && image === 'present');
  const indexes = kernels.map(({ release, arch }): Action => {
    return { do: 'depmod', kernel: { release, arch }, because: { code: 'index-outdated' } };
  });
  // That of a kernel which the plan installs for, or takes something out of, comes by that.
  const mended = kernels.filter(({ release }) => !damages.some(({ at }) => at.release === release));
  const once = oncePerKernel([], { kernels: mended, events: [], facts, policies });
  const links = once.filter((action) => action.do === 'weak-links');
  const images = once.filter((action) => action.do === 'initramfs');
  return { version: 1, actions: [...actions, ...links, ...indexes, ...images], skipped: [] };
}

interface Around {
  readonly layout: Layout;
  readonly facts: Facts;
  readonly policies: Policies;
}

/** Before a file is put back or taken away: the initramfs may hold what was in its place. */
export async function noteForInitramfs(damage: Damage, { layout, facts, policies }: Around): Promise<void> {
  const { module, release } = damage.at;
  const kernel = facts.kernels.find((one) => one.release === release);
  const mode = policyFor(policies, module).initramfs;
  const paths = 'file' in damage ? [damage.file.path] : 'files' in damage ? damage.files : [];
  if (kernel?.initramfs === undefined || mode === 'never' || paths.length === 0) return;
  const objects = paths.flatMap((path) => objectName(basename(path)) ?? []);
  await noteLag(layout, release, { mode, objects });
}
