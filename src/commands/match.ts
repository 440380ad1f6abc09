import { KmodsmithError } from '../errors.ts';
import { arrangePlan } from '../policy/arrange.ts';
import { type MatchWish, planMatch } from '../policy/requests.ts';
import type { Facts } from '../policy/types.ts';
import { parseKernel, parseModule, parseModuleName } from './context.ts';
import { type ActingOptions, forEachKernel, parseKernels, type Request, runRequest } from './request.ts';
import { requireKernel, withHeaders } from './requirements.ts';

export interface MatchOptions extends ActingOptions {
  readonly module: string | undefined;
  readonly template: string;
  readonly kernel: readonly string[];
}

/** `kmodsmith match --template K0 -k KERNEL…`: what is installed for K0 gets built and installed for other kernels. */
export async function runMatch(options: MatchOptions): Promise<number> {
  const wish = parseWish(options);
  const releases = parseKernels(options.kernel);
  if (releases.includes(wish.template)) {
    throw new KmodsmithError('TEMPLATE_KERNEL_SAME', `${wish.template} cannot be its own template`, {
      hint: 'Give another kernel to --template.',
    });
  }
  let obstructed = false;
  const request = (facts: Facts): Request => {
    requireKernel(facts, wish.template);
    const made = forEachKernel(releases, (release) => {
      const kernel = requireKernel(facts, release);
      return arrangePlan(withHeaders(kernel, planMatch(facts, kernel, wish)), { facts, kernel });
    });
    obstructed = made.plan.skipped.some(({ because }) =>
      ['module-problem', 'dependency-missing'].includes(because.code),
    );
    return made;
  };
  const status = await runRequest(options, request);
  return obstructed ? 1 : status;
}

function parseWish({ module, template }: MatchOptions): MatchWish {
  const kernel = parseKernel(template);
  if (module === undefined) return { template: kernel };
  return { template: kernel, module: module.includes('/') ? parseModule(module) : parseModuleName(module) };
}
