import type { ConfValues } from './dkms-conf.ts';

/** Directives that change what is built or run, and that this version does not carry out yet. */
const unsupportedDirectives = [
  'POST_ADD',
  'POST_BUILD',
  'POST_INSTALL',
  'POST_REMOVE',
  'PRE_BUILD',
  'PRE_INSTALL',
  'PATCH',
  'BUILD_DEPENDS',
] as const;

/** Every variable that is read back from a dkms.conf (dkms(8), DKMS.CONF). */
export const reportedVariables = [
  'PACKAGE_NAME',
  'PACKAGE_VERSION',
  'AUTOINSTALL',
  'BUILT_MODULE_NAME',
  'BUILT_MODULE_LOCATION',
  'DEST_MODULE_NAME',
  'DEST_MODULE_LOCATION',
  'STRIP',
  'MAKE',
  'MAKE_MATCH',
  'BUILD_EXCLUSIVE_KERNEL',
  'BUILD_EXCLUSIVE_KERNEL_MIN',
  'BUILD_EXCLUSIVE_KERNEL_MAX',
  'BUILD_EXCLUSIVE_ARCH',
  'BUILD_EXCLUSIVE_CONFIG',
  ...unsupportedDirectives,
] as const;

type Directive = (typeof reportedVariables)[number];

/** One `.ko` of a module package. */
export interface KernelObject {
  /** Path below the build folder without `.ko`, for example `module/spl`. */
  readonly built: string;
  /** File name without `.ko`. */
  readonly name: string;
  /** Folder below /lib/modules/<release> as the package asks for it; the distribution may decide otherwise. */
  readonly destination: string;
  readonly strip: boolean;
}

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
}

/** Reads the directives; all errors are found at once, each naming its directive (dkms-compat.md section 2.5). */
export function readDirectives(
  values: ConfValues,
  kernel: string,
): { conf: ModuleConf; errors: readonly string[] } {
  const errors: string[] = [];
  const one = (name: Directive) => values[name]?.[0] ?? '';
  const conf: ModuleConf = {
    name: required(one('PACKAGE_NAME'), 'PACKAGE_NAME', errors),
    version: required(one('PACKAGE_VERSION'), 'PACKAGE_VERSION', errors),
    autoinstall: readYesNo(one('AUTOINSTALL'), 'AUTOINSTALL', errors),
    objects: readObjects(values, errors),
    ...optional('make', selectMake(values, kernel)),
    exclusions: readExclusions(one),
    unsupported: unsupportedDirectives.filter((name) =>
      Object.values(values[name] ?? {}).some((v) => v !== ''),
    ),
  };
  return { conf, errors };
}

function required(value: string, name: Directive, errors: string[]): string {
  if (value === '') errors.push(`there is no ${name}`);
  else if (/[/\s\0]/.test(value) || value.startsWith('.'))
    errors.push(`${name}='${value}' cannot name a folder`);
  return value;
}

/** AUTOINSTALL is read here and nowhere else: yes or no in any case, unset is no (policy.md section 5, item 5). */
function readYesNo(value: string, name: Directive, errors: string[]): boolean {
  if (/^yes$/i.test(value)) return true;
  if (value !== '' && !/^no$/i.test(value)) errors.push(`${name}='${value}' is neither yes nor no`);
  return false;
}

function readObjects(values: ConfValues, errors: string[]): KernelObject[] {
  const arrays = (
    ['BUILT_MODULE_NAME', 'BUILT_MODULE_LOCATION', 'DEST_MODULE_NAME', 'DEST_MODULE_LOCATION'] as const
  ).map((name) => values[name] ?? {});
  const count = Math.max(
    0,
    ...arrays.flatMap((array) => Object.keys(array)).map((index) => Number(index) + 1),
  );
  if (count > 1000) {
    errors.push(`${count} modules in one package`);
    return [];
  }
  return Array.from({ length: count }, (_, index) => readObject(values, { index, count, errors }));
}

function readObject(
  values: ConfValues,
  { index, count, errors }: { index: number; count: number; errors: string[] },
) {
  const at = (name: Directive) => values[name]?.[index] ?? '';
  const built = at('BUILT_MODULE_NAME') || (count === 1 ? (values['PACKAGE_NAME']?.[0] ?? '') : '');
  const name = at('DEST_MODULE_NAME') || built;
  const destination = at('DEST_MODULE_LOCATION');
  const report = (directive: Directive, problem: string) => errors.push(`${directive}[${index}] ${problem}`);
  if (built === '') report('BUILT_MODULE_NAME', 'is missing');
  for (const [directive, value] of [
    ['BUILT_MODULE_NAME', built],
    ['DEST_MODULE_NAME', name],
  ] as const) {
    if (/\.k?o$/.test(value)) report(directive, `ends in .o or .ko: '${value}'`);
    if (value.includes('/')) report(directive, `holds a slash: '${value}'`);
  }
  if (destination === '') report('DEST_MODULE_LOCATION', 'is missing');
  else if (!/^\/(kernel|updates|extra)/.test(destination)) {
    report('DEST_MODULE_LOCATION', `does not begin with /kernel, /updates or /extra: '${destination}'`);
  }
  const location = at('BUILT_MODULE_LOCATION');
  if (climbs(location)) report('BUILT_MODULE_LOCATION', `leaves the build folder: '${location}'`);
  if (climbs(destination)) report('DEST_MODULE_LOCATION', `leaves the kernel's folder: '${destination}'`);
  const strip = !/^n/i.test(at('STRIP') || (values['STRIP']?.[0] ?? ''));
  return {
    built: location === '' ? built : `${location.replace(/\/+$/, '')}/${built}`,
    name,
    destination,
    strip,
  };
}

function climbs(path: string): boolean {
  return path.split('/').includes('..');
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

/** Patterns are POSIX extended expressions, unanchored; one that JavaScript cannot read matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}

function optional<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [K in Key]: string });
}
