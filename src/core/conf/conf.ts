import { join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import type { ModuleId } from '../../policy/types.ts';
import { sha256 } from '../../system/fingerprint.ts';
import { machineName } from '../../system/machine.ts';
import type { KernelTree } from '../kernels.ts';
import { type Layout, modulesFolder } from '../layout.ts';
import { type ModuleConf, readDirectives } from './directives.ts';
import type { ConfResult, ConfVariables } from './dkms-conf.ts';
import { type Buildable, type ExclusionSubject, selectBuildable } from './exclusions.ts';
import type { KernelObject } from './kernel-objects.ts';

export interface ConfSubject {
  readonly module: ModuleId;
  readonly tree: KernelTree;
  readonly arch?: string;
  /** The kernel's build tree as a command line gives it. */
  readonly kernelSourceFolder?: string | undefined;
}

/** The settings under which a module's dkms.conf is evaluated for a kernel. */
export function confVariables(
  layout: Layout,
  { module, tree, arch = machineName, kernelSourceFolder }: ConfSubject,
): ConfVariables {
  const isLinked = layout.root === '/' && tree.given === undefined;
  const linked = isLinked ? join(modulesFolder(layout, tree.release), 'build') : tree.path;
  return {
    kernelver: tree.release,
    arch,
    kernel_source_dir: kernelSourceFolder ?? linked,
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
  /** The modules of the package that are for this kernel. */
  readonly objects: readonly KernelObject[];
  /** Why none of them is, when BUILD_EXCLUSIVE_* keeps all away. */
  readonly excluded?: string;
  /** SHA-256 of what it says about building; few that look at a dkms.conf need it. */
  readonly directives: () => string;
}

export interface ConfReading {
  /** Whose dkms.conf it is; when left out, the dkms.conf says so. */
  readonly module?: ModuleId;
  readonly kernel: ExclusionSubject;
  /**
   * What counts as an error. `engine`: all but a nonsensical yes or no. `strict`, where dkms adds, builds or installs:
   * that too. `lenient`, where it removes or looks around: not even two modules of one name.
   */
  readonly errors: 'engine' | 'strict' | 'lenient';
}

/** The directives of a dkms.conf, or all that is wrong with it as one error. */
export function readConf(
  result: ConfResult,
  file: string,
  { module, kernel, errors: which }: ConfReading,
): ReadConf | KmodsmithError {
  if ('error' in result) return result.error;
  const read = readDirectives(result.values, kernel.release);
  const unclear = which === 'engine' ? [] : read.unclear;
  const duplicates = which === 'lenient' ? [] : read.duplicates;
  const unfit = module === undefined ? read.unfit : [];
  const errors = [...read.errors, ...unfit, ...unclear, ...duplicates];
  if (errors.length > 0) return invalid(file, [...errors, ...result.warnings]);
  const warnings = [
    ...result.warnings,
    ...read.conf.warnings,
    ...(module === undefined ? [] : findMismatch(read.conf, module)),
    ...(which === 'engine' ? read.unclear : []),
  ];
  const conf = { ...read.conf, warnings };
  const buildable = selectBuildable(conf.objects, conf.exclusions, kernel);
  return { conf, ...buildable, directives: () => digestDirectives(conf, buildable) };
}

/** dkms goes by the name under which a module is registered, and packages with other ones in dkms.conf exist. */
function findMismatch({ name, version }: ModuleConf, module: ModuleId): string[] {
  return [
    ...(name === module.name || name === '' ? [] : [`PACKAGE_NAME is '${name}', not '${module.name}'`]),
    ...(version === module.version || version === ''
      ? []
      : [`PACKAGE_VERSION is '${version}', not '${module.version}'`]),
  ];
}

function invalid(file: string, problems: readonly string[]): KmodsmithError {
  return new KmodsmithError('CONF_INVALID', `${file}: ${problems.join('; ')}`, {
    hint: 'Mend the file, or reinstall the package that it comes from.',
  });
}

/**
 * What says how to build, and which modules; AUTOINSTALL, BUILD_EXCLUSIVE_* of the whole package and scripts that run
 * after the build say whether, when and what else: an override in /etc/dkms that changes them makes no build stale. The
 * dkms.conf that comes with the source is a file of it, too, and counts as it is.
 */
function digestDirectives(conf: ModuleConf, buildable: Buildable): string {
  const { name, version, make = '', patches, scripts } = conf;
  const { PRE_BUILD = '', POST_BUILD = '' } = scripts;
  const objects = buildable.excluded === undefined ? buildable.objects : conf.objects;
  return sha256(JSON.stringify([name, version, objects, make, patches, PRE_BUILD, POST_BUILD]));
}
