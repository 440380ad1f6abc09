import { join } from 'node:path';
import { buildModule } from '../../core/build/build.ts';
import type { BuildRequest } from '../../core/build/request.ts';
import { findMissingDependencies, writeDependencyVersions } from '../../core/dependency-versions.ts';
import { scriptVariables } from '../../core/install/scripts.ts';
import type { KernelTree } from '../../core/kernels.ts';
import { buildFolder, registrationLink, resultFolder } from '../../core/layout.ts';
import { KmodsmithError } from '../../errors.ts';
import type { KernelId, ModuleId } from '../../policy/types.ts';
import { exists, kindOf, listFolder, realPath } from '../../system/files.ts';
import type { DkmsContext } from '../context.ts';
import { type ReadModule, readModule } from '../read-module.ts';
import { decideSigningOnce } from '../signing.ts';
import { isAdded, isBuilt } from '../states.ts';
import { kernelLabel } from '../targets.ts';
import { addModule } from './add.ts';

export interface BuildStep {
  readonly module: ModuleId;
  readonly kernel: KernelId;
  /** Also when there is a build. */
  readonly again: boolean;
}

/**
 * Builds a module for a kernel unless that is done (dkms-compat.md section 6.2). When it is done again, what was there
 * stays until the new build is complete.
 * @throws KmodsmithError whatever keeps it from being built.
 */
export async function buildForKernel(
  context: DkmsContext,
  { module, kernel, again }: BuildStep,
): Promise<void> {
  const { layout, output } = context;
  const at = { module, ...kernel };
  const label = `${module.name}/${module.version}`;
  if ((await isBuilt(layout, at)) && !again) {
    output.say(`${label} is built for ${kernelLabel(kernel)} already; --force builds it again`);
    return;
  }
  if (!(await isAdded(layout, module))) await addModule(context, module, kernel, scriptVariables(at));
  if (!(await isBuilt(layout, at)) && (await exists(resultFolder(layout, at)))) {
    throw new KmodsmithError(
      'RESULT_IN_THE_WAY',
      `${resultFolder(layout, at)} is there without a build in it, so ${label} is not built`,
      { hint: `Look at what it is, then: dkms unbuild ${label} -k ${kernel.release}` },
    );
  }
  const read = await readModule(context, { module, kernel, errors: 'strict' });
  for (const warning of read.conf.warnings) output.warn(`${label}: ${warning}`);
  await refuseUnbuildable(context, read);
  const request = await toBuildRequest(context, read);
  output.begin(`Building ${label} for ${kernelLabel(kernel)}...`);
  await buildModule(request, join(buildFolder(layout, module), 'make.log')).catch((error: unknown) => {
    output.say(' failed.');
    throw error;
  });
  output.say(' done.');
  if (read.conf.rebuildsWithDependencies) await writeDependencyVersions(layout, at, read.conf.depends);
}

/** In dkms's order, which callers that look at the status rely on. */
async function refuseUnbuildable(context: DkmsContext, read: ReadModule): Promise<void> {
  const { layout } = context;
  const { module, kernel } = read;
  const label = `${module.name}/${module.version}`;
  if (read.excluded !== undefined) {
    throw new KmodsmithError(
      'MODULE_EXCLUDED',
      `${label} is not for ${kernelLabel(kernel)}: ${read.excluded}`,
      { hint: 'This is no failure: it should not be built for that kernel.' },
    );
  }
  if ((await listFolder(await realPath(registrationLink(layout, module)))).length < 2) {
    throw new KmodsmithError('SOURCE_EMPTY', `${label}: its source holds nothing besides its dkms.conf`, {
      hint: "Reinstall the package that brings the module's source.",
    });
  }
  await requireHeaders(context, read.tree);
  await refuseMissingDependencies(context, read);
}

/** @throws KmodsmithError HEADERS_MISSING when the kernel's build tree cannot be one. */
export async function requireHeaders({ layout, distribution }: DkmsContext, tree: KernelTree): Promise<void> {
  if ((await kindOf(join(tree.path, 'include'))) === 'folder') return;
  const name = distribution.headersPackage(tree.release) ?? 'the headers package';
  throw new KmodsmithError(
    'HEADERS_MISSING',
    `the headers of ${tree.release} are not at ${join(layout.installTree, tree.release, 'build')}`,
    { hint: `Install ${name}, or say with --kernelsourcedir where they are.` },
  );
}

async function refuseMissingDependencies(context: DkmsContext, { module, kernel, conf }: ReadModule) {
  const missing = await findMissingDependencies(context.layout, conf.depends, kernel);
  if (missing.length === 0) return;
  const what = `${module.name}/${module.version} for ${kernelLabel(kernel)} needs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed for it`;
  if (context.has('force')) return context.output.warn(what);
  throw new KmodsmithError('DEPENDENCY_MISSING', what, {
    hint: 'Install that first; --force builds nevertheless.',
  });
}

async function toBuildRequest(context: DkmsContext, read: ReadModule): Promise<BuildRequest> {
  const { layout, framework, environment, output, line } = context;
  const { conf, objects, directives, module, kernel, tree, variables } = read;
  const jobs = /^[0-9]+$/.test(line.values.jobs ?? '') ? Number(line.values.jobs) : undefined;
  return {
    ...{ conf, objects, directives, layout, module, kernel, tree, variables },
    origin: context.isAutomatic ? 'autoinstall' : 'manual',
    sourceFolder: await realPath(registrationLink(layout, module)),
    settings: {
      framework,
      environment,
      jobs,
      verification: 'lenient',
      keepFailed: true,
      signing: await decideSigningOnce(context, tree),
      onWarning: output.warn,
    },
  };
}
