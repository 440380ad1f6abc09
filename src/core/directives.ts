import { isModuleName, isModuleVersion } from '../formats/release-words.ts';
import {
  type ConfValues,
  type Directive,
  reportedVariables,
  unsupportedDirectives,
} from './directive-names.ts';
import { type KernelObject, readObjects } from './kernel-objects.ts';
import { matchesPattern } from './pattern.ts';

export interface Exclusions {
  readonly kernel?: string;
  readonly kernelMinimum?: string;
  readonly kernelMaximum?: string;
  readonly arch?: string;
  readonly config: readonly string[];
}

/** A dkms.conf as evaluated for one kernel. */
export interface ModuleConf {
  readonly name: string;
  readonly version: string;
  readonly autoinstall: boolean;
  readonly objects: readonly KernelObject[];
  /** The shell command that builds, or undefined for the plain kbuild call. */
  readonly make?: string;
  readonly exclusions: Exclusions;
  /** Directives in use that this version does not carry out. */
  readonly unsupported: readonly string[];
  /** What is wrong but keeps nobody from building. */
  readonly warnings: readonly string[];
}

/** Reads the directives; all errors are found at once, each naming its directive (dkms-compat.md section 2.5). */
export function readDirectives(
  values: ConfValues,
  kernel: string,
): { conf: ModuleConf; errors: readonly string[] } {
  const errors: string[] = [];
  const warnings: string[] = [];
  const one = (name: Directive) => values[name]?.[0] ?? '';
  const conf: ModuleConf = {
    name: required(one('PACKAGE_NAME'), { name: 'PACKAGE_NAME', fits: isModuleName, errors }),
    version: required(one('PACKAGE_VERSION'), { name: 'PACKAGE_VERSION', fits: isModuleVersion, errors }),
    autoinstall: readYesNo(one('AUTOINSTALL'), 'AUTOINSTALL', warnings),
    objects: readObjects(values, errors),
    ...optional('make', selectMake(values, kernel)),
    exclusions: readExclusions(one),
    unsupported: findUnsupported(values),
    warnings,
  };
  return { conf, errors };
}

interface Requirement {
  readonly name: Directive;
  readonly fits: (value: string) => boolean;
  readonly errors: string[];
}

/** What becomes a folder's name must not leave its place, nor hide: dkms does not list names with a dot in front. */
function required(value: string, { name, fits, errors }: Requirement): string {
  if (value === '') errors.push(`there is no ${name}`);
  else if (!fits(value) || value.startsWith('.')) errors.push(`${name}='${value}' cannot name a folder`);
  return value;
}

/** Beyond [0], BUILD_EXCLUSIVE_* is about single modules of the package (dkms-compat.md section 2.7). */
function findUnsupported(values: ConfValues): string[] {
  const used = (name: Directive) =>
    Object.entries(values[name] ?? {}).flatMap(([index, value]) => (value === '' ? [] : [Number(index)]));
  const perModule = reportedVariables.filter(
    (name) => name.startsWith('BUILD_EXCLUSIVE_') && used(name).some((index) => index > 0),
  );
  return [
    ...unsupportedDirectives.filter((name) => used(name).length > 0),
    ...perModule.map((name) => `${name} for single modules`),
  ];
}

/** AUTOINSTALL is read here and nowhere else: yes or no in any case, unset is no (policy.md section 5, item 5). */
function readYesNo(value: string, name: Directive, warnings: string[]): boolean {
  if (/^yes$/i.test(value)) return true;
  if (value !== '' && !/^no$/i.test(value))
    warnings.push(`${name}='${value}' is neither yes nor no and counts as no`);
  return false;
}

/** The last MAKE[i] whose MAKE_MATCH[i] matches the kernel; MAKE[0] without a match is the default (dkms(8)). */
function selectMake(values: ConfValues, kernel: string): string | undefined {
  const make = values['MAKE'] ?? {};
  const match = values['MAKE_MATCH'] ?? {};
  let selected = (match[0] ?? '') === '' ? make[0] : undefined;
  for (const [index, pattern] of Object.entries(match)) {
    const command = make[Number(index)];
    if (pattern !== '' && command && matchesPattern(pattern, kernel)) selected = command;
  }
  return selected === '' ? undefined : selected;
}

function readExclusions(one: (name: Directive) => string): Exclusions {
  return {
    ...optional('kernel', one('BUILD_EXCLUSIVE_KERNEL')),
    ...optional('kernelMinimum', one('BUILD_EXCLUSIVE_KERNEL_MIN')),
    ...optional('kernelMaximum', one('BUILD_EXCLUSIVE_KERNEL_MAX')),
    ...optional('arch', one('BUILD_EXCLUSIVE_ARCH')),
    config: one('BUILD_EXCLUSIVE_CONFIG')
      .split(/\s+/)
      .filter((word) => word !== ''),
  };
}

function optional<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [K in Key]: string });
}
