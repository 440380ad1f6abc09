import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { type Paragraph, parseDeb822 } from '../formats/deb822.ts';
import { isPackageName, upstreamVersion } from '../formats/debian-words.ts';
import type { ModuleId } from '../policy/types.ts';
import { readTextIfPresent } from '../system/files.ts';
import {
  type PackagedModule,
  type PackageWish,
  readWrittenModule,
  requireModule,
  requireNamed,
  requireOnly,
} from './packaged-module.ts';

/**
 * Which module a Debian source package packs into which binary package, from debian/control, debian/changelog and the
 * dkms.conf that dh_dkms(1) would take.
 * @throws KmodsmithError CONTROL_INVALID, PACKAGE_UNKNOWN, CONF_MISSING, CONF_INVALID and as reading a dkms.conf does.
 */
export async function findPackagedModule(wish: PackageWish): Promise<PackagedModule> {
  const names = await readPackageNames(wish.source);
  const package_ = await choosePackage(wish, names);
  if (wish.module !== undefined) return { package: package_, module: wish.module };
  const conf = await findConf(wish.source, { package_, isMain: package_ === names[0] });
  return { package: package_, module: await readModule(wish.source, conf), conf };
}

/** Of the binary packages, the main one first. */
async function readPackageNames(source: string): Promise<string[]> {
  const path = join(source, 'debian/control');
  const text = await readTextIfPresent(path);
  if (text === undefined) {
    throw new KmodsmithError('CONTROL_INVALID', `${path} is not there`, {
      hint: 'Give the folder of an unpacked Debian source package with --source.',
    });
  }
  const paragraphs = parseDeb822(text);
  if ('refused' in paragraphs) throw new KmodsmithError('CONTROL_INVALID', `${path}: ${paragraphs.refused}`);
  const names = paragraphs.flatMap((paragraph) => fieldOf(paragraph, 'Package') ?? []);
  const odd = names.find((name) => !isPackageName(name));
  if (odd !== undefined)
    throw new KmodsmithError('CONTROL_INVALID', `${path}: '${odd}' cannot be the name of a package`);
  if (names.length > 0) return names;
  throw new KmodsmithError('CONTROL_INVALID', `${path} names no binary package`);
}

/** Names of fields are the same in any case: Debian policy, section 5.1. */
function fieldOf(paragraph: Paragraph, name: string): string | undefined {
  const [, value] = [...paragraph].find(([field]) => field.toLowerCase() === name.toLowerCase()) ?? [];
  return value;
}

/** What has a dkms.conf of its own in debian/ is a module's package; so is what is called like one, or the only one. */
async function choosePackage(
  { source, package: asked }: PackageWish,
  names: readonly string[],
): Promise<string> {
  if (asked !== undefined) return requireNamed(asked, names, 'debian/control');
  const files = await Promise.all(
    names.map((name) => readTextIfPresent(join(source, `debian/${name}.dkms`))),
  );
  const withConf = names.filter((_, index) => files[index] !== undefined);
  const called = names.filter((name) => name.endsWith('-dkms'));
  return requireOnly(withConf, called, names);
}

async function readModule(source: string, conf: string): Promise<ModuleId> {
  const path = join(source, conf);
  const { name, version } = await readWrittenModule(path);
  return requireModule(
    { name, version: isPlaceholder(version) ? await readUpstreamVersion(source) : version },
    path,
  );
}

/** What packages of dh_dkms(1) write for the version that the changelog has. */
function isPlaceholder(version: string): boolean {
  return /^([#@])(MODULE_|PACKAGE_)?VERSION\1$/.test(version);
}

interface Packaged {
  readonly package_: string;
  readonly isMain: boolean;
}

/** As dh_dkms(1) looks for it: a file of debian/ that is one, or that names one; else the one of the upstream source. */
async function findConf(source: string, { package_, isMain }: Packaged): Promise<string> {
  const candidates = [`debian/${package_}.dkms`, ...(isMain ? ['debian/dkms'] : [])];
  for (const candidate of candidates) {
    const text = await readTextIfPresent(join(source, candidate));
    if (text !== undefined) return namedFile(text) ?? candidate;
  }
  if ((await readTextIfPresent(join(source, 'dkms.conf'))) !== undefined) return 'dkms.conf';
  throw new KmodsmithError('CONF_MISSING', `there is neither ${candidates[0]} nor dkms.conf in ${source}`, {
    hint: 'Add one of them, or say with --module NAME/VERSION what the package holds.',
  });
}

/** The path that is all a file says. */
function namedFile(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const [first, second] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return first !== undefined && second === undefined && !first.includes('=') ? first : undefined;
}

async function readUpstreamVersion(source: string): Promise<string> {
  const path = join(source, 'debian/changelog');
  const version = upstreamVersion((await readTextIfPresent(path)) ?? '');
  if (version !== undefined) return version;
  throw new KmodsmithError('CONTROL_INVALID', `${path} does not begin with an entry that has a version`);
}
