import { planBuild } from '../policy/requests.ts';
import { parseModule } from './context.ts';
import { type ActingOptions, forEachKernel, parseKernels, runRequest } from './request.ts';
import { requireBuildable, requireKernel, withDependencies, withHeaders } from './requirements.ts';

export interface BuildOptions extends ActingOptions {
  readonly module: string;
  readonly kernel: readonly string[];
  readonly rebuild: boolean;
}

/** `kmodsmith build NAME/VERSION -k KERNEL…`: compiles by hand and installs nothing. */
export async function runBuild(options: BuildOptions): Promise<number> {
  const module = parseModule(options.module);
  const releases = parseKernels(options.kernel);
  return runRequest(options, (facts) =>
    forEachKernel(releases, (release) => {
      const pair = requireBuildable(facts, module, release);
      const kernel = requireKernel(facts, release);
      const asked = withHeaders(kernel, planBuild(pair, kernel, options));
      return withDependencies(asked, { facts, kernel });
    }),
  );
}
