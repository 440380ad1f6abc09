import { join } from 'node:path';
import type { ConfReading, ReadConf } from '../core/conf/conf.ts';
import { confVariables, readConf } from '../core/conf/conf.ts';
import { type ConfRequest, type ConfVariables, evaluateConfs } from '../core/conf/dkms-conf.ts';
import { overrideFiles } from '../core/conf/overrides.ts';
import { type KernelTree, readKernelTree } from '../core/kernels.ts';
import { registrationLink } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import type { KernelId, ModuleId } from '../policy/types.ts';
import type { DkmsContext } from './context.ts';

/** One module as its dkms.conf describes it for one kernel. */
export interface ReadModule extends ReadConf {
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly tree: KernelTree;
  readonly variables: ConfVariables;
}

export interface ReadRequest {
  readonly module: ModuleId;
  readonly kernel: KernelId;
  /** Strict where dkms adds, builds or installs, lenient elsewhere. */
  readonly errors: ConfReading['errors'];
  /** Where the dkms.conf is; default: the registered source. */
  readonly folder?: string;
}

/** @throws KmodsmithError CONF_MISSING, CONF_UNREADABLE, CONF_SYNTAX, CONF_INVALID, CONF_TIMEOUT. */
export async function readModule(context: DkmsContext, request: ReadRequest): Promise<ReadModule> {
  const [found] = await readModules(context, [request]);
  if (found === undefined || found instanceof KmodsmithError)
    throw found ?? new KmodsmithError('CONF_MISSING', 'nothing was evaluated');
  return found;
}

/** As `readModule` for many at once in one shell; what is wrong with one is its own result. */
export async function readModules(
  context: DkmsContext,
  requests: readonly ReadRequest[],
): Promise<(ReadModule | KmodsmithError)[]> {
  const trees = new Map<string, Promise<KernelTree>>();
  const asked = await Promise.all(
    requests.map(async (request) => {
      const { release } = request.kernel;
      const known = trees.get(release) ?? readTree(context, release);
      trees.set(release, known);
      return toConfRequest(context, request, await known);
    }),
  );
  const results = await evaluateConfs(asked, { environment: context.environment });
  return asked.map(({ files, tree, variables, of }, index) => {
    const { module, kernel, errors } = of;
    const reading = { module, kernel: { ...kernel, config: tree.config?.settings }, errors };
    const result = results[index] ?? { error: new KmodsmithError('CONF_MISSING', `${files[0]}: no answer`) };
    const read = readConf(result, files[0] ?? '', reading);
    return read instanceof KmodsmithError ? read : { ...read, module, kernel, tree, variables };
  });
}

/** The kernel's build tree, as the command line gives it or as the kernel's link leads to it. */
export function readTree({ layout, line }: DkmsContext, release: string): Promise<KernelTree> {
  const { kernelSourceFolder, config } = line.values;
  return readKernelTree(layout, release, {
    sourceFolder: kernelSourceFolder || undefined,
    config: config || undefined,
  });
}

interface AskedConf extends ConfRequest {
  readonly tree: KernelTree;
  readonly variables: ConfVariables;
  readonly of: ReadRequest;
}

async function toConfRequest(
  { layout, line, framework }: DkmsContext,
  of: ReadRequest,
  tree: KernelTree,
): Promise<AskedConf> {
  const { module, kernel, folder = registrationLink(layout, of.module) } = of;
  const kernelSourceFolder = line.values.kernelSourceFolder || undefined;
  const variables = {
    ...confVariables(layout, { module, tree, arch: kernel.arch, kernelSourceFolder }),
    tmp_location: framework.temporaryFolder,
  };
  const overrides = module.name === '' ? [] : await overrideFiles(layout.configFolder, variables);
  const file = line.values.conf || join(folder, 'dkms.conf');
  return { files: [file, ...overrides], variables, winners: findWinners(line.directives), tree, of };
}

/** Also any variable of the environment that begins with DKMS_DIRECTIVE holds a setting (dkms-compat.md section 2.2). */
function findWinners(given: readonly string[]): string[] {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('DKMS_DIRECTIVE') && value !== undefined ? [value] : [],
  );
  return [...inherited, ...given].filter((text) => /^[A-Za-z_][A-Za-z0-9_]*=/.test(text));
}
