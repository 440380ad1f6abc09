import { resolve } from 'node:path';
import { type Framework, frameworkVariables, readFramework } from '../config/framework.ts';
import { confDirectives } from '../core/conf/directive-names.ts';
import { type Layout, layoutOf, lockVariable } from '../core/layout.ts';
import { type Distribution, detectDistribution } from '../distros/index.ts';
import { KmodsmithError } from '../errors.ts';
import { parseOsRelease } from '../formats/os-release.ts';
import { readTextIfPresent } from '../system/files.ts';
import type { CommandLine } from './command-line.ts';
import type { OptionName } from './options.ts';
import type { Output } from './output.ts';

/** All that an action of the drop-in works with. */
export interface DkmsContext {
  readonly line: CommandLine;
  readonly layout: Layout;
  readonly framework: Framework;
  readonly distribution: Distribution;
  /** What programs, make and scripts see: the caller's environment without what would change a compiler. */
  readonly environment: Readonly<Record<string, string>>;
  readonly output: Output;
  /** Nobody typed this: autoinstall, a kernel's hook or the scripts of a package (dpkg(1), DPKG_MAINTSCRIPT_PACKAGE). */
  readonly isAutomatic: boolean;
  has(option: OptionName): boolean;
}

/**
 * @throws KmodsmithError OS_RELEASE_MISSING.
 */
export async function openDkmsContext(line: CommandLine, output: Output): Promise<DkmsContext> {
  const distribution = await readDistribution();
  const environment = callersEnvironment(process.env);
  const kernel = line.kernels[0] ?? '';
  const found = await readFramework('/', { environment, kernel, onWarning: output.warn });
  const { values } = line;
  const framework: Framework = {
    ...found,
    dkmsTree: resolve(values.dkmsTree || found.dkmsTree),
    sourceTree: resolve(values.sourceTree || found.sourceTree),
    installTree: resolve(values.installTree || found.installTree),
    verbose: found.verbose || line.flags.has('verbose'),
    symlinkModules: found.symlinkModules || line.flags.has('symlinkModules'),
    modprobeOnInstall: found.modprobeOnInstall || line.flags.has('modprobeOnInstall'),
  };
  const layout = layoutOf('/', framework);
  return {
    line,
    layout,
    framework,
    distribution,
    environment: {
      ...withoutSettings({ ...environment, ...givenDirectives(line) }),
      [lockVariable]: layout.lock,
    },
    output,
    isAutomatic:
      line.action === 'autoinstall' ||
      line.action === 'kernel_postinst' ||
      environment['DPKG_MAINTSCRIPT_PACKAGE'] !== undefined,
    has: (option) => line.flags.has(option),
  };
}

/** Without any os-release dkms gives up (dkms-compat.md section 1.1). */
async function readDistribution(): Promise<Distribution> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = await readTextIfPresent(path).catch(() => undefined);
    if (text !== undefined) return detectDistribution(parseOsRelease(text));
  }
  throw new KmodsmithError('OS_RELEASE_MISSING', 'neither /etc/os-release nor /usr/lib/os-release is there', {
    hint: 'Reinstall the package that brings it (base-files, filesystem); where modules go depends on it.',
  });
}

/** A build must not depend on what an admin's shell happens to export for other work. */
const dropped: readonly string[] = ['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS'];

export function callersEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !dropped.includes(entry[0]),
  );
  return Object.fromEntries(kept);
}

/**
 * What dkms reads as its own settings it does not pass on: an exported MAKE would be what make calls itself by.
 * NO_WEAK_MODULES is asked for in the environment too (dkms-compat.md section 3.6).
 */
function withoutSettings(environment: Readonly<Record<string, string>>): Record<string, string> {
  const own: readonly string[] = [
    ...confDirectives.filter((name) => name !== 'NO_WEAK_MODULES'),
    ...frameworkVariables,
  ];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !own.includes(name)));
}

/** dkms exports what --directive gives, so that make and scripts see it. */
function givenDirectives({ directives }: CommandLine): Record<string, string> {
  return Object.fromEntries(
    directives.flatMap((text) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
