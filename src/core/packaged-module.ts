import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { isModuleName, isModuleVersion } from '../formats/release-words.ts';
import type { ModuleId } from '../policy/types.ts';
import { exists } from '../system/files.ts';
import { evaluateConfs } from './conf/dkms-conf.ts';

/** Asks which module a source package packs into which package. */
export interface PackageWish {
  /** The folder with `debian/`, the PKGBUILD or the spec in it. */
  readonly source: string;
  /** The package; when left out, the one there is for a module. */
  readonly package?: string | undefined;
  /** When left out, what its dkms.conf says. */
  readonly module?: ModuleId | undefined;
}

export interface PackagedModule {
  readonly package: string;
  readonly module: ModuleId;
  /** Its dkms.conf, relative to the source; none where somebody else said which module it is. */
  readonly conf?: string;
}

/** @throws KmodsmithError PACKAGE_UNKNOWN. `file` names them. */
export function requireNamed(asked: string, names: readonly string[], file: string): string {
  if (names.includes(asked)) return asked;
  throw new KmodsmithError('PACKAGE_UNKNOWN', `${file} has no package ${asked}`, {
    hint: `It has: ${names.join(', ')}.`,
  });
}

/**
 * Of the lists of candidates, the first that is not empty counts.
 * @throws KmodsmithError PACKAGE_UNKNOWN unless it has but one.
 */
export function requireOnly(...candidates: readonly (readonly string[])[]): string {
  const found = candidates.find((list) => list.length > 0) ?? [];
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  throw new KmodsmithError('PACKAGE_UNKNOWN', `several packages may be the module's: ${found.join(', ')}`, {
    hint: 'Say which one with --package.',
  });
}

/**
 * PACKAGE_NAME and PACKAGE_VERSION as they are written.
 * @throws KmodsmithError CONF_* when the dkms.conf cannot be read.
 */
export async function readWrittenModule(path: string): Promise<ModuleId> {
  const [result] = await evaluateConfs([{ files: [path], variables: {} }]);
  if (result === undefined || 'error' in result)
    throw result?.error ?? new KmodsmithError('CONF_INVALID', path);
  const written = (directive: string) => result.values[directive]?.[0] ?? '';
  return { name: written('PACKAGE_NAME'), version: written('PACKAGE_VERSION') };
}

/**
 * The module of a dkms.conf beside a PKGBUILD or spec, where there is one. It may leave name and version to those: a word
 * between at signs or hashes stands for `usual`.
 * @throws KmodsmithError CONF_*.
 */
export async function readConfBeside(
  folder: string,
  usual: ModuleId,
): Promise<Omit<PackagedModule, 'package'> | undefined> {
  const path = join(folder, 'dkms.conf');
  if (!(await exists(path))) return undefined;
  const { name, version } = await readWrittenModule(path);
  const module = {
    name: isPlaceholder(name) ? usual.name : name,
    version: isPlaceholder(version) ? usual.version : version,
  };
  return { module: requireModule(module, path), conf: 'dkms.conf' };
}

function isPlaceholder(value: string): boolean {
  return /^([#@])\w+\1$/.test(value);
}

/** @throws KmodsmithError CONF_INVALID. `origin` is who says so. */
export function requireModule({ name, version }: ModuleId, origin: string): ModuleId {
  if (isModuleName(name) && isModuleVersion(version)) return { name, version };
  const message = `${origin}: PACKAGE_NAME='${name}' and PACKAGE_VERSION='${version}' are not a module's name and version`;
  throw new KmodsmithError('CONF_INVALID', message, { hint: 'Mend the file, or say it with --module.' });
}
