import type { BuildSettings } from '../core/build/request.ts';
import type { KernelTree } from '../core/kernels.ts';
import type { Layout } from '../core/layout.ts';
import { findSandbox, findUnreachable, type Sandbox, type SandboxWish } from '../core/sandbox/sandbox.ts';
import { KmodsmithError } from '../errors.ts';
import type { Policy } from '../policy/knobs.ts';
import type { ModuleId } from '../policy/types.ts';

/**
 * Decided when a build needs it, and tried out once for each kernel.
 * @throws KmodsmithError SANDBOX_IMPOSSIBLE when the policy requires a sandbox and there can be none.
 */
export type SandboxFor = (
  build: { readonly module: ModuleId; readonly tree: KernelTree },
  wish: Policy['sandbox'],
) => Promise<Pick<BuildSettings, 'sandbox'>>;

/** What the builds of a machine are kept in, by the policy. Why not is told once for each reason. */
export function sandboxing(
  layout: Layout,
  warn: (message: string) => void,
  folders: SandboxWish['folders'] = [],
): SandboxFor {
  const known = new Map<string, Promise<Sandbox | { readonly because: string }>>();
  const told = new Set<string>();
  return async ({ module, tree }, wish) => {
    if (wish === 'off') return {};
    const found = known.get(tree.path) ?? findSandbox({ layout, tree, folders });
    known.set(tree.path, found);
    const sandbox = (await findUnreachable(await found, { layout, module })) ?? (await found);
    if (!('because' in sandbox)) return { sandbox };
    const { because } = sandbox;
    if (wish === 'require') throw unprotected(tree, because);
    if (!told.has(because)) warn(`modules are built without a sandbox: ${because}`);
    told.add(because);
    return {};
  };
}

function unprotected({ release }: KernelTree, because: string): KmodsmithError {
  return new KmodsmithError(
    'SANDBOX_IMPOSSIBLE',
    `modules for ${release} cannot be built in a sandbox: ${because}`,
    {
      hint: "The policy says sandbox = 'require'. Install bubblewrap; 'auto' builds without a sandbox where it has to.",
    },
  );
}
