import { basename, dirname, join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { isRpmPackageName } from '../formats/rpm-words.ts';
import type { ModuleId } from '../policy/types.ts';
import { run } from '../system/exec.ts';
import { exists, listFolder } from '../system/files.ts';
import {
  type PackagedModule,
  type PackageWish,
  readConfBeside,
  requireModule,
  requireNamed,
  requireOnly,
} from './packaged-module.ts';

/**
 * Which module a spec packs into which package: by `rpmspec`, which has rpm read it; and by a dkms.conf beside it, else by
 * the one folder of /usr/src that it names, else by the name and the version of the package.
 * @throws KmodsmithError SPEC_INVALID, PACKAGE_UNKNOWN, CONF_INVALID and as reading a dkms.conf does.
 */
export async function findSpecModule(wish: PackageWish): Promise<PackagedModule> {
  if (wish.package !== undefined && wish.module !== undefined)
    return { package: rpmPackageName(wish.package), module: wish.module };
  const spec = await findSpec(wish.source);
  const packages = await listSpecPackages(spec);
  const package_ = choosePackage(wish, packages, spec);
  if (wish.module !== undefined) return { package: package_.name, module: wish.module };
  return { package: package_.name, ...(await findModule(spec, package_)) };
}

/**
 * The release of a kernel whose package a spec makes, as Fedora's and SUSE's specs have it: VERSION-RELEASE.ARCHITECTURE.
 * @throws KmodsmithError SPEC_INVALID, PACKAGE_UNKNOWN.
 */
export async function readSpecRelease(source: string, package_: string): Promise<string> {
  const spec = await findSpec(source);
  const { version, release, arch } = choosePackage(
    { source, package: package_ },
    await listSpecPackages(spec),
    spec,
  );
  return `${version}-${release}.${arch}`;
}

/** @throws KmodsmithError USAGE. */
function rpmPackageName(text: string): string {
  if (isRpmPackageName(text)) return text;
  throw new KmodsmithError('USAGE', `'${text}' is not the name of a package`, {
    hint: 'Give the package, as rpm calls it, with --package.',
  });
}

/** A package that a spec makes. */
interface SpecPackage {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
}

/** The spec itself, or the only one in the folder. @throws KmodsmithError SPEC_INVALID. */
async function findSpec(source: string): Promise<string> {
  if (source.endsWith('.spec') && (await exists(source))) return source;
  const names = (await listFolder(source)).map(({ name }) => name).filter((name) => name.endsWith('.spec'));
  const [only, second] = names;
  if (only !== undefined && second === undefined) return join(source, only);
  throw new KmodsmithError(
    'SPEC_INVALID',
    only === undefined ? `no spec is in ${source}` : `several specs are in ${source}: ${names.join(', ')}`,
    { hint: 'Give it with --source, or the package and the module with --package and --module.' },
  );
}

async function listSpecPackages(spec: string): Promise<SpecPackage[]> {
  const format = '%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\n';
  const told = await askRpmspec(spec, ['--query', '--queryformat', format]);
  return told
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', version = '', release = '', arch = ''] = line.split('\t');
      return { name, version, release, arch };
    });
}

async function askRpmspec(spec: string, options: readonly string[]): Promise<string> {
  const folders = ['--define', `_sourcedir ${dirname(spec)}`];
  const told = await run(['rpmspec', ...folders, ...options, spec], { timeoutSeconds: 60 }).catch(
    () => undefined,
  );
  if (told?.exitCode === 0) return told.stdout;
  const why = told === undefined ? 'rpmspec is not installed' : told.stderr.trim();
  throw new KmodsmithError('SPEC_INVALID', `what ${spec} makes cannot be told: ${why}`, {
    hint: 'Mend the spec, or give the package and the module with --package and --module.',
  });
}

/** What is called like a module's package, or the only one. @throws KmodsmithError PACKAGE_UNKNOWN. */
function choosePackage(
  { package: asked }: PackageWish,
  packages: readonly SpecPackage[],
  spec: string,
): SpecPackage {
  const names = packages.map(({ name }) => name);
  const called = names.filter((name) => /^dkms-|-dkms$/.test(name));
  const name = asked === undefined ? requireOnly(called, names) : requireNamed(asked, names, basename(spec));
  const found = packages.find((package_) => package_.name === name);
  if (found !== undefined) return found;
  throw new KmodsmithError('PACKAGE_UNKNOWN', `${spec} makes no package`);
}

/** What a dkms.conf beside the spec says; else the one folder of /usr/src that the spec has, else the names. */
async function findModule(
  spec: string,
  { name: package_, version }: SpecPackage,
): Promise<Omit<PackagedModule, 'package'>> {
  const usual = { name: package_.replace(/^dkms-|-dkms$/g, ''), version };
  const beside = await readConfBeside(dirname(spec), usual);
  if (beside !== undefined) return beside;
  return { module: requireModule((await findSourceFolder(spec, usual)) ?? usual, package_) };
}

/** The name of the source's folder is the module's up to the version. */
async function findSourceFolder(spec: string, { name, version }: ModuleId): Promise<ModuleId | undefined> {
  const text = await askRpmspec(spec, ['--parse']);
  const files = text
    .split(/^%files\b.*$/m)
    .slice(1)
    .join('\n');
  const folders = [...files.matchAll(/(?:^|\s)\/usr\/src\/([^/\s]+)/g)].map(([, folder = '']) => folder);
  const [only, second] = [...new Set(folders)];
  if (only === undefined || second !== undefined) return undefined;
  if (only.startsWith(`${name}-`)) return { name, version: only.slice(name.length + 1) };
  return only.endsWith(`-${version}`) ? { name: only.slice(0, -version.length - 1), version } : undefined;
}
