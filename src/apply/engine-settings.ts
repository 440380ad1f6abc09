import type { Framework } from '../config/framework.ts';
import type { BuildSettings } from '../core/build/request.ts';
import type { KernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { type Signing, signingByKernel } from '../core/signing/signing.ts';
import type { Distribution } from '../distros/index.ts';
import { KmodsmithError } from '../errors.ts';
import type { Policy } from '../policy/knobs.ts';
import { type SandboxFor, sandboxing } from './sandboxing.ts';
import { warn } from './warn.ts';

export interface EngineOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly distribution: Distribution;
}

/** How the engine works for every kernel, and what differs between them. */
export interface EngineSettings extends Omit<BuildSettings, 'signing' | 'sandbox'> {
  /**
   * Decided when a build needs it, once for each kernel.
   * @throws KmodsmithError SIGNING_IMPOSSIBLE when the policy requires a signature and there can be none.
   */
  readonly signingFor: (tree: KernelTree, wish: Policy['sign']) => Promise<Signing>;
  readonly sandboxFor: SandboxFor;
}

/**
 * How the engine builds: in a clean environment, and what the kernel would refuse is an error. A key is never made
 * silently (policy.md, knob `sign`); one that is there signs, in a chroot too: it was put there for that.
 */
export function engineSettings({ layout, framework, distribution }: EngineOptions): EngineSettings {
  const environment = {};
  const chosen = { mayMakeKeys: false, inChroot: true };
  const decide = signingByKernel({ layout, distribution, environment, ...chosen });
  const told = new Set<string>();
  const signingFor = async (tree: KernelTree, wish: Policy['sign']): Promise<Signing> => {
    if (wish === 'off') return { sign: false, because: "the policy says sign = 'off'" };
    const signing = await decide(tree);
    if (wish === 'require' && !signing.sign) throw unsigned(tree, signing.because);
    const problem = unmetWish(signing, framework);
    if (problem !== undefined && !told.has(tree.release))
      warn(`modules for ${tree.release} are not signed: ${problem}`);
    told.add(tree.release);
    return signing;
  };
  return {
    ...{ framework, environment, signingFor, sandboxFor: sandboxing(layout, warn) },
    verification: 'strict',
    keepFailed: false,
    onWarning: warn,
  };
}

function unsigned({ release }: KernelTree, because: string): KmodsmithError {
  return new KmodsmithError('SIGNING_IMPOSSIBLE', `modules for ${release} cannot be signed: ${because}`, {
    hint: "The policy says sign = 'require'. 'kmodsmith signing-key' shows what there is and what is missing.",
  });
}

/** Without a word about signing in framework.conf, unsigned is what was asked for. */
function unmetWish(signing: Signing, { signing: wanted }: Framework): string | undefined {
  const isWanted = wanted.trySignModules !== 'false' && Object.keys(wanted).length > 0;
  return signing.sign || !isWanted ? undefined : signing.because;
}
