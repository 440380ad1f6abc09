import { join } from 'node:path';
import { searchPath } from '../../system/exec.ts';
import { readTextIfPresent, writeAtomically } from '../../system/files.ts';
import type { Layout } from '../layout.ts';
import { buildFolder } from '../layout.ts';
import type { InputFile } from '../provenance/provenance.ts';
import { compilerEnvironment } from './compiler-environment.ts';
import { placeOf } from './place.ts';
import type { BuildRequest } from './request.ts';
import { shortcutVariables } from './shortcuts.ts';
import uname from './uname.sh';

/** What every process of a build has in its environment; by it they are found when the engine has died. */
export const processMark = 'KMODSMITH_BUILD';

/** What make and the scripts of a build see. `sources` are the module's. */
export async function buildEnvironment(
  request: BuildRequest,
  sources: readonly InputFile[],
): Promise<Record<string, string>> {
  const { layout, module, kernel, settings, tree } = request;
  return {
    ...settings.environment,
    ...(settings.toolchain?.environment ?? (await compilerEnvironment(tree))),
    ...(settings.isControlled && controlledEnvironment(request, sources)),
    ...(settings.shortcuts && shortcutVariables(layout, settings.shortcuts.probes)),
    ...(settings.jobserver && { MAKEFLAGS: settings.jobserver.makeFlags }),
    module: module.name,
    module_version: module.version,
    kernelver: kernel.release,
    arch: kernel.arch,
    [processMark]: placeOf(request).folder,
  };
}

/**
 * What makes a build the same whenever and by whomever it is made (reproducible-builds.org, SOURCE_DATE_EPOCH; the kernel's
 * Documentation/kbuild/reproducible-builds.rst), and for the right kernel whichever one runs.
 */
function controlledEnvironment(request: BuildRequest, sources: readonly InputFile[]): Record<string, string> {
  const { layout, module, kernel } = request;
  const newest = Math.floor(Math.max(0, ...sources.map(({ modified }) => modified)) / 1000);
  return {
    PATH: searchPathOf(layout),
    KMODSMITH_RELEASE: kernel.release,
    SOURCE_DATE_EPOCH: String(newest),
    KBUILD_BUILD_TIMESTAMP: new Date(newest * 1000).toUTCString(),
    KBUILD_BUILD_USER: 'kmodsmith',
    KBUILD_BUILD_HOST: 'kmodsmith',
    ...mapPrefix(placeOf(request).seenAs, buildFolder({ ...layout, dkmsTree: '/var/lib/dkms' }, module)),
  };
}

/** The PATH of a build. */
export function searchPathOf({ programs }: Layout): string {
  return `${programs}:${searchPath}`;
}

/** Debug information and messages name the path at which a module was built: they name the usual one everywhere. */
function mapPrefix(from: string, to: string): Record<string, string> {
  return from === to || /\s/.test(from) ? {} : { KCFLAGS: `-ffile-prefix-map=${from}=${to}` };
}

/** Puts our uname where builds find it first: a Makefile that asks for the running kernel means the one it is built for. */
export async function prepareUname({ programs }: Layout): Promise<void> {
  const path = join(programs, 'uname');
  if ((await readTextIfPresent(path).catch(() => undefined)) !== uname)
    await writeAtomically(path, uname, 0o755);
}
