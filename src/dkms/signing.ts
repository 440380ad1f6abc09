import type { KernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { withoutPin } from '../core/signing/pin.ts';
import { isByCommand, type Signing, signingByKernel } from '../core/signing/signing.ts';
import { callersEnvironment, type DkmsContext } from './context.ts';

type Decide = (tree: KernelTree) => Promise<Signing>;

const deciders = new WeakMap<Layout, Decide>();

/** How modules for a kernel are signed, said once for each kernel (dkms-compat.md section 3.3). */
export function decideSigningOnce(context: DkmsContext, tree: KernelTree): Promise<Signing> {
  const known = deciders.get(context.layout) ?? newDecider(context);
  deciders.set(context.layout, known);
  return known(tree);
}

function newDecider({ layout, distribution, output }: DkmsContext): Decide {
  // With the settings in it that make does not see.
  const environment = callersEnvironment(process.env);
  const decide = signingByKernel({ layout, distribution, environment, mayMakeKeys: true, inChroot: false });
  const said = new Set<string>();
  return async (tree) => {
    const signing = await decide(tree);
    if (!said.has(tree.release)) output.say(describe(tree, signing));
    said.add(tree.release);
    return signing;
  };
}

function describe({ release }: KernelTree, signing: Signing): string {
  if (!signing.sign) return `Modules for ${release} are not signed: ${signing.because}`;
  if (isByCommand(signing)) return `Modules for ${release} are signed by ${signing.command}`;
  const made = signing.made ? ', a pair that was made just now and has to be enrolled' : '';
  return `Modules for ${release} are signed with ${withoutPin(signing.key)} and ${signing.certificate}${made}`;
}

/** What to do with a new certificate before a kernel trusts it. */
export function enrolmentLines(certificate: string): string[] {
  return [
    'A kernel under Secure Boot takes modules signed with it once the certificate is enrolled:',
    `  mokutil --import ${certificate}`,
    'and confirmed at the next boot.',
  ];
}
