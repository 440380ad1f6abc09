import { planInstall } from '../policy/requests.ts';
import { parseModule } from './context.ts';
import { type ActingOptions, forEachKernel, parseKernels, runRequest } from './request.ts';
import { requireBuildable, requireKernel, withDependencies, withHeaders } from './requirements.ts';

export interface InstallOptions extends ActingOptions {
  readonly module: string;
  readonly kernel: readonly string[];
  readonly rebuild: boolean;
}

/** `kmodsmith install NAME/VERSION -k KERNEL…`: builds and installs by hand, whatever AUTOINSTALL says. */
export async function runInstall(options: InstallOptions): Promise<number> {
  const module = parseModule(options.module);
  const releases = parseKernels(options.kernel);
  return runRequest(options, (facts) =>
    forEachKernel(releases, (release) => {
      const pair = requireBuildable(facts, module, release);
      const kernel = requireKernel(facts, release);
      const asked = withHeaders(kernel, planInstall(pair, kernel, options));
      return withDependencies(asked, { facts, kernel });
    }),
  );
}
