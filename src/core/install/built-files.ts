import { join } from 'node:path';
import { filesIn } from '../../system/fingerprint.ts';
import { moduleSuffixes } from '../build/compress.ts';
import { type BuildCoordinates, type Layout, resultFolder } from '../layout.ts';

/** The built file of a kernel object, however it is compressed; undefined when the build has none. */
export function builtFile(layout: Layout, at: BuildCoordinates, name: string): string | undefined {
  const folder = join(resultFolder(layout, at), 'module');
  const present = new Set(filesIn(folder));
  const suffix = moduleSuffixes.find((ending) => present.has(`${name}${ending}`));
  return suffix === undefined ? undefined : join(folder, `${name}${suffix}`);
}

/** The names of all kernel objects of a build, without `.ko`. */
export function builtNames(layout: Layout, at: BuildCoordinates): string[] {
  const names = filesIn(join(resultFolder(layout, at), 'module')).map(objectName);
  return names.filter((name): name is string => name !== undefined);
}

/** `foo` of `foo.ko` and of `foo.ko.xz`; undefined for what is no kernel object. */
export function objectName(fileName: string): string | undefined {
  const suffix = moduleSuffixes.find((ending) => fileName.endsWith(ending));
  return suffix === undefined ? undefined : fileName.slice(0, -suffix.length) || undefined;
}
