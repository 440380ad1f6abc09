import { isModuleName, isModuleVersion } from '../../formats/release-words.ts';
import { type ConfValues, type Directive, deprecatedDirectives } from './directive-names.ts';
import { type Exclusions, readExclusions } from './exclusions.ts';
import { type KernelObject, readObjects } from './kernel-objects.ts';
import { matchesPattern } from './pattern.ts';

export type ScriptName =
  | 'POST_ADD'
  | 'PRE_BUILD'
  | 'POST_BUILD'
  | 'PRE_INSTALL'
  | 'POST_INSTALL'
  | 'POST_REMOVE';

/** A dkms.conf as evaluated for one kernel. */
export interface ModuleConf {
  readonly name: string;
  readonly version: string;
  readonly autoinstall: boolean;
  readonly objects: readonly KernelObject[];
  /** The shell command that builds, or undefined for the plain kbuild call. */
  readonly make?: string;
  /** Names below patches/, in the order in which they are applied for this kernel. */
  readonly patches: readonly string[];
  /** The command line of each script that the package has. */
  readonly scripts: Readonly<Partial<Record<ScriptName, string>>>;
  /** Modules that must be installed for a kernel before this one is built for it. */
  readonly depends: readonly string[];
  /** Whether another version of one of them makes dkms build this one anew (BUILD_DEPENDS_REBUILD). */
  readonly rebuildsWithDependencies: boolean;
  readonly noWeakModules: boolean;
  /** The kernel release from which on the kernel has the module itself (OBSOLETE_BY). */
  readonly obsoleteBy?: string;
  readonly exclusions: Exclusions;
  /** What is wrong but keeps nobody from building. */
  readonly warnings: readonly string[];
}

export interface ReadDirectives {
  readonly conf: ModuleConf;
  /** All that is wrong, each naming its directive (dkms-compat.md section 2.5). */
  readonly errors: readonly string[];
  /** What keeps a package from being added or built, but never from being removed: two modules of one name. */
  readonly duplicates: readonly string[];
  /** What cannot name a folder. It matters only where the dkms.conf says what the module is called. */
  readonly unfit: readonly string[];
  /** Neither yes nor no: an error for dkms, a warning for us (policy.md section 5, item 5). */
  readonly unclear: readonly string[];
}

export function readDirectives(values: ConfValues, kernel: string): ReadDirectives {
  const errors: string[] = [];
  const unclear: string[] = [];
  const unfit: string[] = [];
  const one = (name: Directive) => values[name]?.[0] ?? '';
  const yes = (name: Directive) => readYesNo(one(name), name, unclear);
  const { objects, duplicates } = readObjects(values, errors);
  const conf: ModuleConf = {
    name: required(one('PACKAGE_NAME'), { name: 'PACKAGE_NAME', fits: isModuleName, errors, unfit }),
    version: required(one('PACKAGE_VERSION'), {
      name: 'PACKAGE_VERSION',
      fits: isModuleVersion,
      errors,
      unfit,
    }),
    autoinstall: yes('AUTOINSTALL'),
    objects,
    ...optional('make', selectMake(values, kernel)),
    patches: selectPatches(values, kernel),
    scripts: readScripts(one),
    depends: elements(values, 'BUILD_DEPENDS').flatMap(([, names]) => words(names)),
    rebuildsWithDependencies: yes('BUILD_DEPENDS_REBUILD'),
    noWeakModules: yes('NO_WEAK_MODULES'),
    ...optional('obsoleteBy', one('OBSOLETE_BY')),
    exclusions: readExclusions(values),
    warnings: findDeprecated(values),
  };
  return { conf, errors, duplicates, unfit, unclear };
}

interface Requirement {
  readonly name: Directive;
  readonly fits: (text: string) => boolean;
  readonly errors: string[];
  readonly unfit: string[];
}

/** What becomes a folder's name must not leave its place, nor hide: dkms does not list names with a dot in front. */
function required(value: string, { name, fits, errors, unfit }: Requirement): string {
  if (value === '') errors.push(`there is no ${name}`);
  else if (!fits(value) || value.startsWith('.')) unfit.push(`${name}='${value}' cannot name a folder`);
  return value;
}

function readYesNo(value: string, name: Directive, unclear: string[]): boolean {
  if (/^yes$/i.test(value)) return true;
  if (value !== '' && !/^no$/i.test(value))
    unclear.push(`${name}='${value}' is neither yes nor no and counts as no`);
  return false;
}

/** The last MAKE[i] whose MAKE_MATCH[i] matches the kernel; MAKE[0] without a match is the default (dkms(8)). */
function selectMake(values: ConfValues, kernel: string): string | undefined {
  const make = values['MAKE'] ?? {};
  let selected = (values['MAKE_MATCH']?.[0] ?? '') === '' ? make[0] : undefined;
  for (const [index, pattern] of elements(values, 'MAKE_MATCH')) {
    const command = make[index];
    if (command && matchesPattern(pattern, kernel)) selected = command;
  }
  return selected === '' ? undefined : selected;
}

function selectPatches(values: ConfValues, kernel: string): string[] {
  const match = values['PATCH_MATCH'] ?? {};
  return elements(values, 'PATCH')
    .filter(([index]) => matchesPattern(match[index] ?? '', kernel))
    .map(([, name]) => name);
}

const scriptNames: readonly ScriptName[] = [
  'POST_ADD',
  'PRE_BUILD',
  'POST_BUILD',
  'PRE_INSTALL',
  'POST_INSTALL',
  'POST_REMOVE',
];

function readScripts(one: (name: Directive) => string): ModuleConf['scripts'] {
  return Object.fromEntries(
    scriptNames.flatMap((name) => (one(name).trim() === '' ? [] : [[name, one(name)]])),
  );
}

/** `/bin/true` in CLEAN is what old packages wrote to have no clean step. */
function findDeprecated(values: ConfValues): string[] {
  return deprecatedDirectives
    .filter((name) => elements(values, name).length > 0)
    .filter((name) => name !== 'CLEAN' || !/^(\/usr)?(\/bin\/)?true$/.test(values[name]?.[0] ?? ''))
    .map((name) =>
      name === 'OBSOLETE_BY'
        ? 'OBSOLETE_BY is deprecated, use BUILD_EXCLUSIVE_KERNEL_MAX'
        : `${name} is deprecated and has no effect`,
    );
}

/** The elements that are not empty, by index. */
function elements(values: ConfValues, name: Directive): [number, string][] {
  return Object.entries(values[name] ?? {})
    .filter(([, value]) => value !== '')
    .map(([index, value]) => [Number(index), value]);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function optional<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [K in Key]: string });
}
