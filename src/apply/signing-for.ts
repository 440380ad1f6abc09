import type { Framework } from '../config/framework.ts';
import { loadPolicy } from '../config/load-policy.ts';
import { placeOfKnob } from '../config/place-of-knob.ts';
import type { KernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { alarmOf } from '../core/signing/refused.ts';
import { type Signing, signingByKernel } from '../core/signing/signing.ts';
import type { Distribution } from '../distros/index.ts';
import { KmodsmithError } from '../errors.ts';
import { moduleKey } from '../policy/identity.ts';
import type { Policy } from '../policy/knobs.ts';
import type { ModuleId } from '../policy/types.ts';

/** What is to be signed, and what the policy says of it. */
interface SigningWish {
  readonly module: ModuleId;
  readonly policy: Pick<Policy, 'sign' | 'sign-command' | 'sign-timeout'>;
}

/**
 * Decided when a build needs it, once for each kernel and program.
 * @throws KmodsmithError SIGNING_IMPOSSIBLE when the policy requires a signature and there can be none.
 */
export type SigningFor = (tree: KernelTree, wish: SigningWish) => Promise<Signing>;

export interface SigningOptions {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly distribution: Distribution;
  readonly onWarning: (message: string) => void;
}

/**
 * How the engine signs. A key is never made silently (policy.md, knob `sign`); one that is there signs, in a chroot too: it
 * was put there for that.
 */
export function signingFor(options: SigningOptions): SigningFor {
  const { layout, distribution, onWarning } = options;
  const chosen = { mayMakeKeys: false, inChroot: true };
  const decide = signingByKernel({ layout, distribution, environment: {}, ...chosen });
  const told = new Set<string>();
  return async (tree, { module, policy }) => {
    const { sign, 'sign-command': command, 'sign-timeout': timeoutSeconds } = policy;
    if (sign === 'off') return { sign: false, because: "the policy says sign = 'off'" };
    const signing = await decide(tree, command);
    if (signing.sign) return { ...signing, timeoutSeconds, required: sign === 'require' };
    const because = signing.lacks ? await explainLack(signing.because, module, options) : signing.because;
    if (sign === 'require') throw unsigned(tree, because);
    const warning = `modules for ${tree.release} are not signed: ${because}`;
    const alarm = await alarmOf({ layout, tree });
    if ((alarm !== undefined || isMissed(signing, options)) && !told.has(warning))
      onWarning(alarm === undefined ? warning : `${warning}; ${alarm}; 'kmodsmith doctor' says what to do`);
    told.add(warning);
    return { ...signing, because };
  };
}

/** Names who asked for the program. */
async function explainLack(because: string, module: ModuleId, { layout }: SigningOptions): Promise<string> {
  const place = placeOfKnob(await loadPolicy(layout.root), 'sign-command', moduleKey(module));
  return `sign-command ${because}; it is set in ${place}`;
}

/** Without a word about signing in framework.conf, and no sign-command, unsigned is what was asked for. */
function isMissed(signing: Extract<Signing, { sign: false }>, { framework }: SigningOptions): boolean {
  const { signing: wanted } = framework;
  const isWanted = wanted.trySignModules !== 'false' && Object.keys(wanted).length > 0;
  return isWanted || signing.lacks !== undefined;
}

function unsigned({ release }: KernelTree, because: string): KmodsmithError {
  return new KmodsmithError('SIGNING_IMPOSSIBLE', `modules for ${release} cannot be signed: ${because}`, {
    hint: "The policy says sign = 'require'. 'kmodsmith signing-key' shows what there is and what is missing.",
  });
}
