import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { isArchPackageName, parseSrcinfo, type Srcinfo } from '../formats/srcinfo.ts';
import { run } from '../system/exec.ts';
import { exists, readTextIfPresent } from '../system/files.ts';
import {
  type PackagedModule,
  type PackageWish,
  readConfBeside,
  requireModule,
  requireNamed,
  requireOnly,
} from './packaged-module.ts';

/**
 * Which module a PKGBUILD packs into which package: by `makepkg --printsrcinfo`, which runs the PKGBUILD, else by the
 * .SRCINFO beside it; and by a dkms.conf beside it, else by the names and the version of the package.
 * @throws KmodsmithError PKGBUILD_INVALID, PACKAGE_UNKNOWN, CONF_INVALID and as reading a dkms.conf does.
 */
export async function findPkgbuildModule(wish: PackageWish): Promise<PackagedModule> {
  if (wish.package !== undefined && wish.module !== undefined)
    return { package: archPackageName(wish.package), module: wish.module };
  const info = await readSrcinfo(wish.source);
  const package_ = choosePackage(wish, info);
  if (wish.module !== undefined) return { package: package_, module: wish.module };
  return { package: package_, ...(await findModule(wish.source, info, package_)) };
}

/** @throws KmodsmithError USAGE. */
function archPackageName(text: string): string {
  if (isArchPackageName(text)) return text;
  throw new KmodsmithError('USAGE', `'${text}' is not the name of a package`, {
    hint: 'Give the package, as pacman calls it, with --package.',
  });
}

/** Seconds: makepkg starts some thousand processes to print a page, and a PKGBUILD may ask its repository for a version. */
const longestRun = 300;

async function readSrcinfo(source: string): Promise<Srcinfo> {
  const path = join(source, 'PKGBUILD');
  if (!(await exists(path))) {
    throw new KmodsmithError('PKGBUILD_INVALID', `${path} is not there`, {
      hint: 'Give its folder with --source, or the package and the module with --package and --module.',
    });
  }
  const told = await run(['makepkg', '--printsrcinfo'], { cwd: source, timeoutSeconds: longestRun }).catch(
    () => undefined,
  );
  const kept = await readTextIfPresent(join(source, '.SRCINFO'));
  const info = parseSrcinfo(told?.exitCode === 0 ? told.stdout : (kept ?? ''));
  if (info !== undefined) return info;
  const why = told === undefined ? 'makepkg is not installed' : `makepkg: ${told.stderr.trim()}`;
  throw new KmodsmithError(
    'PKGBUILD_INVALID',
    `what ${path} makes cannot be told, and no .SRCINFO is beside it: ${why}`,
    {
      hint: 'makepkg does not run as root: write .SRCINFO by makepkg --printsrcinfo, or give --package and --module.',
    },
  );
}

/** What is called like a module's package, or the only one. */
function choosePackage({ package: asked }: PackageWish, { packages }: Srcinfo): string {
  if (asked !== undefined) return requireNamed(asked, packages, 'the PKGBUILD');
  const called = packages.filter((name) => /-dkms(-git)?$/.test(name));
  return archPackageName(requireOnly(called, packages));
}

/** What a dkms.conf beside the PKGBUILD says; else the names. */
async function findModule(
  source: string,
  info: Srcinfo,
  package_: string,
): Promise<Omit<PackagedModule, 'package'>> {
  const usual = { name: package_.replace(/-dkms(-git)?$/, ''), version: info.version };
  return (await readConfBeside(source, usual)) ?? { module: requireModule(usual, package_) };
}
