import { join } from 'node:path';
import { version } from '../../../package.json';
import type { Reason } from '../../policy/reasons.ts';
import { listFolder } from '../../system/files.ts';
import { type Fingerprint, Fingerprints } from '../../system/fingerprint.ts';
import { overrideFiles } from '../conf/overrides.ts';
import { findKernelPackages, type KernelPackages } from '../provenance/kernel-package.ts';
import type { BuildRun } from './compile.ts';
import type { BuildRequest } from './request.ts';
import { listScripts, type RunScript } from './script-inputs.ts';

/** What there is to know of a build that is no input by itself: it counts by its effects, or not at all. */
export interface BuildContext {
  /** Kmodsmith's own version. */
  readonly toolkit: string;
  /** Why it was made; unknown for what the drop-in was told to build. */
  readonly because?: Reason;
  /** Files of /etc/dkms that say how: overrides of the dkms.conf, framework.conf, build_environment. Absolute paths. */
  readonly settings: readonly (Pick<Fingerprint, 'sha256'> & { readonly path: string })[];
  /** Names below patches/, in their order. */
  readonly patches: readonly string[];
  readonly scripts: readonly RunScript[];
  /** What make and the scripts saw, but for what is none of a build's business. */
  readonly environment: Readonly<Record<string, string>>;
  readonly packages: KernelPackages;
}

export async function recordContext(request: BuildRequest, run: BuildRun): Promise<BuildContext> {
  const { layout, tree, conf, because } = request;
  const fingerprints = new Fingerprints();
  const settings = (await settingFiles(request)).flatMap((path) => {
    const sha256 = fingerprints.of(path)?.sha256;
    return sha256 === undefined ? [] : [{ path, sha256 }];
  });
  return {
    toolkit: version,
    ...(because !== undefined && { because: shorten(because) }),
    ...{ settings, patches: conf.patches },
    scripts: await listScripts(request, { place: run, fingerprints }),
    environment: publicVariables(run.environment),
    packages: await findKernelPackages(layout, tree),
  };
}

async function settingFiles({ layout, variables, settings }: BuildRequest): Promise<string[]> {
  const { configFolder } = layout;
  const more = join(configFolder, 'framework.conf.d');
  const names = (await listFolder(more).catch(() => [])).map(({ name }) => name);
  const parts = names.filter((name) => name.endsWith('.conf')).map((name) => join(more, name));
  const { buildEnvironment: own } = settings.framework;
  return [
    ...(await overrideFiles(configFolder, variables)),
    join(configFolder, 'framework.conf'),
    ...parts,
    ...(own === undefined ? [] : [own]),
  ];
}

/**
 * What a compiler or kbuild looks at. The drop-in passes on its caller's environment, where tokens and passwords may be,
 * and anybody may read the record.
 */
const ofBuilds =
  /^(PATH|LANG|LC_\w+|TZ|SOURCE_DATE_EPOCH|module|module_version|kernelver|arch|ARCH|SUBARCH|SRCARCH|CROSS_COMPILE|LLVM|LLVM_IAS|(HOST|KERNEL_)?(CC|CXX|LD|AS|AR|NM|OBJCOPY|OBJDUMP|STRIP)|(K|HOST)?(C|CPP|A|R|LD|CXX)FLAGS\w*|MAKEFLAGS|CPATH|C_INCLUDE_PATH|LIBRARY_PATH|GCC_EXEC_PREFIX|COMPILER_PATH|K(ERNEL)?_?(DIR|SRC|VERSION|RELEASE|UNAME)|KBUILD_(?!SIGN_PIN)\w+)$/;

function publicVariables(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => ofBuilds.test(name))
      .sort(),
  );
}

/** As many changed inputs as anybody reads. */
const keptChanges = 20;

function shorten(because: Reason): Reason {
  return 'changes' in because ? { ...because, changes: because.changes.slice(0, keptChanges) } : because;
}
