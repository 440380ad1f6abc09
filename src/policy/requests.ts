import { isSameModule } from './identity.ts';
import type { Action, Facts, KernelFacts, ModuleId, PairFacts, Plan } from './types.ts';

/** A plan for what an admin asks for by name. The caller has made sure that the pair exists. */
export function planInstall(
  pair: PairFacts,
  kernel: KernelFacts,
  options: { readonly rebuild: boolean },
): Plan {
  const target = {
    module: pair.module,
    kernel: { release: kernel.release, arch: kernel.arch },
    because: { code: 'asked' },
  } as const;
  const fresh = pair.build !== undefined && pair.build.changes.length === 0 && !options.rebuild;
  const done = fresh && pair.build?.installed === true;
  const actions: Action[] = [
    ...(fresh ? [] : [{ do: 'build', origin: 'manual', ...target } as const]),
    ...(done ? [] : [{ do: 'install', ...target } as const]),
    ...(done || kernel.image === 'absent'
      ? []
      : [{ do: 'depmod', kernel: target.kernel, because: { code: 'modules-changed' } } as const]),
  ];
  const skipped = done
    ? [{ module: pair.module, kernel: pair.kernel, because: { code: 'up-to-date' } } as const]
    : [];
  return { version: 1, actions, skipped };
}

export function findPair(facts: Facts, module: ModuleId, release: string): PairFacts | undefined {
  return facts.pairs.find((pair) => pair.kernel === release && isSameModule(pair.module, module));
}
