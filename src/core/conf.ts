import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import type { ModuleId } from '../policy/types.ts';
import { sha256 } from '../system/fingerprint.ts';
import { machineName } from '../system/machine.ts';
import type { ConfValues } from './directive-names.ts';
import { type ModuleConf, readDirectives } from './directives.ts';
import type { ConfRequest, ConfResult, ConfVariables } from './dkms-conf.ts';
import type { KernelTree } from './kernels.ts';
import { type Layout, modulesFolder } from './layout.ts';

/** The settings under which a module's dkms.conf is evaluated for a kernel. */
export function confVariables(layout: Layout, module: ModuleId, tree: KernelTree): ConfVariables {
  return {
    kernelver: tree.release,
    arch: machineName,
    kernel_source_dir: layout.root === '/' ? join(modulesFolder(layout, tree.release), 'build') : tree.path,
    kernel_config: tree.config?.path ?? join(tree.path, '.config'),
    module: module.name,
    module_version: module.version,
    dkms_tree: layout.dkmsTree,
    source_tree: layout.sourceTree,
    install_tree: layout.installTree,
  };
}

/** A dkms.conf as read for one kernel. */
export interface ReadConf {
  readonly conf: ModuleConf;
  /** SHA-256 of what it says about building. */
  readonly directives: string;
}

/** The directives of a dkms.conf, or all that is wrong with it as one error. */
export function readConf(
  result: ConfResult,
  { files, variables }: ConfRequest,
  module: ModuleId,
): ReadConf | KmodsmithError {
  if ('error' in result) return result.error;
  const { conf, errors } = readDirectives(result.values, variables.kernelver);
  const named = [
    ...(conf.name === module.name || conf.name === ''
      ? []
      : [`PACKAGE_NAME is '${conf.name}', not '${module.name}'`]),
    ...(conf.version === module.version || conf.version === ''
      ? []
      : [`PACKAGE_VERSION is '${conf.version}', not '${module.version}'`]),
  ];
  if (errors.length + named.length === 0) return { conf, directives: digestDirectives(conf, result.values) };
  return new KmodsmithError(
    'CONF_INVALID',
    `${files[0]}: ${[...errors, ...named, ...conf.warnings].join('; ')}`,
    {
      hint: 'Mend the file, or reinstall the package that it comes from.',
    },
  );
}

/** AUTOINSTALL and BUILD_EXCLUSIVE_* say whether to build, not what: a change of them makes no build stale. */
function digestDirectives(
  { name, version, objects, make = '', ...conf }: ModuleConf,
  values: ConfValues,
): string {
  const unsupported = conf.unsupported.map((directive) => values[directive]);
  return sha256(JSON.stringify([name, version, objects, make, unsupported]));
}
