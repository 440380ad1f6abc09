import { isModuleName } from '../../formats/release-words.ts';
import type { ConfValues, Directive } from './directive-names.ts';

/** One `.ko` of a module package. */
export interface KernelObject {
  /** Its place in the arrays of dkms.conf. */
  readonly index: number;
  /** Path below the build folder without `.ko`, for example `module/spl`. */
  readonly built: string;
  /** File name without `.ko`. */
  readonly name: string;
  /** Folder below /lib/modules/<release> as the package asks for it; the distribution may decide otherwise. */
  readonly destination: string;
  readonly strip: boolean;
}

/**
 * The modules that a dkms.conf lists; what is wrong with them goes to `errors` (dkms-compat.md section 2.5). Duplicates
 * would overwrite each other in the build and below /lib/modules.
 */
export function readObjects(
  values: ConfValues,
  errors: string[],
): { objects: readonly KernelObject[]; duplicates: readonly string[] } {
  const arrays = (
    ['BUILT_MODULE_NAME', 'BUILT_MODULE_LOCATION', 'DEST_MODULE_NAME', 'DEST_MODULE_LOCATION'] as const
  ).map((name) => values[name] ?? {});
  const indexes = arrays.flatMap((array) => Object.keys(array)).map(Number);
  const count = indexes.reduce((most, index) => Math.max(most, index + 1), 0);
  if (count > 1000) {
    errors.push(`${count} modules in one package`);
    return { objects: [], duplicates: [] };
  }
  const objects = Array.from({ length: count }, (_, index) => readObject(values, { index, count, errors }));
  const duplicates = [
    ...findTwins(objects, 'built').map((twin) => `BUILT_MODULE_NAME${twin}`),
    ...findTwins(objects, 'name').map((twin) => `DEST_MODULE_NAME${twin}`),
  ];
  return { objects, duplicates };
}

function findTwins(objects: readonly KernelObject[], key: 'built' | 'name'): string[] {
  const names = objects.map((object) => object[key]);
  return names.flatMap((name, index) =>
    name !== '' && names.indexOf(name) < index ? [`[${index}] is used twice: '${name}'`] : [],
  );
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
    else if (value !== '' && !isModuleName(value))
      report(directive, `cannot name a kernel object: '${value}'`);
  }
  if (destination === '') report('DEST_MODULE_LOCATION', 'is missing');
  else if (!/^\/(kernel|updates|extra)/.test(destination)) {
    report('DEST_MODULE_LOCATION', `does not begin with /kernel, /updates or /extra: '${destination}'`);
  }
  if (!/^[\w/.+~:^@,=-]*$/.test(destination))
    report('DEST_MODULE_LOCATION', `is no plain path: '${destination}'`);
  const location = at('BUILT_MODULE_LOCATION');
  if (/\p{Cc}/u.test(location)) report('BUILT_MODULE_LOCATION', `is no plain path: '${location}'`);
  if (climbs(location)) report('BUILT_MODULE_LOCATION', `leaves the build folder: '${location}'`);
  if (climbs(destination)) report('DEST_MODULE_LOCATION', `leaves the kernel's folder: '${destination}'`);
  const strip = !/^n/i.test(at('STRIP') || (values['STRIP']?.[0] ?? ''));
  return {
    index,
    built: location === '' ? built : `${location.replace(/\/+$/, '')}/${built}`,
    name,
    destination,
    strip,
  };
}

/** Whether a path leads out of the folder that it is below; real packages say '/kernel/../misc', which does not. */
function climbs(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}
