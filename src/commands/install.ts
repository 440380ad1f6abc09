import { reconcile } from '../apply/reconcile.ts';
import { KmodsmithError } from '../errors.ts';
import { moduleLabel } from '../policy/explain.ts';
import { isSameModule } from '../policy/identity.ts';
import { findPair, planInstall } from '../policy/requests.ts';
import type { Facts, KernelFacts, ModuleId, PairFacts, Plan } from '../policy/types.ts';
import { type CommonOptions, openContext, parseKernel, parseModule } from './context.ts';
import { hasFailed, printReport, progress } from './output.ts';

export interface InstallOptions extends CommonOptions {
  readonly module: string;
  readonly kernel: string;
  readonly rebuild: boolean;
}

/** `kmodsmith install NAME/VERSION -k KERNEL`: builds and installs by hand, whatever AUTOINSTALL says. */
export async function runInstall(options: InstallOptions): Promise<number> {
  const context = await openContext(options);
  const module = parseModule(options.module);
  const release = parseKernel(options.kernel);
  const planFor = (facts: Facts): Plan => {
    const pair = requirePair(facts, module, release);
    const kernel = requireKernel(facts, release);
    const planned = planInstall(pair, kernel, options);
    if (planned.actions.some((action) => action.do === 'build')) requireHeaders(kernel);
    return planned;
  };
  const report = await reconcile({ ...context, planFor, ...progress });
  printReport(report, options.json);
  return hasFailed(report) ? 1 : 0;
}

function requireKernel(facts: Facts, release: string): KernelFacts {
  const kernel = facts.kernels.find((candidate) => candidate.release === release);
  if (kernel !== undefined) return kernel;
  const known = facts.kernels.map((candidate) => candidate.release).join(', ');
  throw new KmodsmithError('KERNEL_UNKNOWN', `there is no kernel ${release}`, {
    hint: `Kernels here: ${known || 'none'}.`,
  });
}

function requirePair(facts: Facts, id: ModuleId, release: string): PairFacts {
  const label = moduleLabel(id);
  const module = facts.modules.find((candidate) => isSameModule(candidate, id));
  if (module === undefined) {
    throw new KmodsmithError('MODULE_UNKNOWN', `${label} is not registered`, {
      hint: `kmodsmith add ${id.name}/${id.version}`,
    });
  }
  requireKernel(facts, release);
  const pair = findPair(facts, id, release);
  if (pair === undefined) throw new KmodsmithError('MODULE_UNKNOWN', `${label} is not known for ${release}`);
  const problem = module.problem ?? pair.problem;
  if (problem !== undefined) {
    throw new KmodsmithError('CONF_INVALID', `${label} cannot be built: ${problem.message}`);
  }
  if (pair.excluded !== undefined) {
    throw new KmodsmithError('MODULE_EXCLUDED', `${label} is not for ${release}: ${pair.excluded}`);
  }
  return pair;
}

function requireHeaders({ release, headers }: KernelFacts): void {
  if (headers.state === 'absent') {
    throw new KmodsmithError('HEADERS_MISSING', `the headers of ${release} are not installed`, {
      hint: `Install ${headers.package ?? "the distribution's headers package for exactly this kernel"}.`,
    });
  }
  if (headers.state === 'unusable') {
    throw new KmodsmithError('HEADERS_UNUSABLE', `the headers of ${release} cannot be used: ${headers.why}`, {
      hint: 'Install the headers package of this kernel again, and a compiler.',
    });
  }
}
