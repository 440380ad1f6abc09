import { basename, join } from 'node:path';
import { kernelEntries, kernelHookPath } from '../../adapters/dpkg/names.ts';
import { hookPaths as pacmanHooks, scriptPath } from '../../adapters/pacman/names.ts';
import { hookProgramPath, pluginPaths } from '../../adapters/rpm/names.ts';
import { alpmHookFolders, kernelInstallFolders, stateOfHook } from '../../core/hook-folders.ts';
import type { Layout } from '../../core/layout.ts';
import { exists, isExecutable, listFolder, readTextIfPresent } from '../../system/files.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Where dkms and distributions put what calls dkms: folders, and which of their files are its. */
const foreign = [
  ...['postinst.d', 'prerm.d', 'preinst.d', 'postrm.d', 'header_postinst.d'].map((entry) => ({
    folder: `etc/kernel/${entry}`,
    file: /^dkms$/,
  })),
  ...Object.values(kernelInstallFolders).map((folder) => ({
    folder,
    file: /^\d+-dkms\.install$/,
  })),
  ...Object.values(alpmHookFolders).map((folder) => ({ folder, file: /dkms.*\.hook$/ })),
  { folder: 'etc/systemd/system/multi-user.target.wants', file: /^dkms\.service$/ },
] as const;

/** Whether package managers call us, and not dkms as well: two that build the same are in each other's way. */
export async function checkHooks(layout: Layout): Promise<Diagnosis[]> {
  return [...(await checkOwn(layout)), ...(await checkForeign(layout))];
}

const dpkgDatabase = 'var/lib/dpkg/status';

/**
 * Where a package manager has its database, and what calls us there: programs, and files that an admin may switch off.
 * Triggers of rpm's are in its database.
 */
const managers = [
  {
    ...{ id: 'dpkg', databases: [dpkgDatabase] },
    ...{ programs: kernelEntries.map(kernelHookPath), files: [], folders: alpmHookFolders },
  },
  {
    ...{ id: 'pacman', databases: ['var/lib/pacman/local'] },
    ...{ programs: [scriptPath], files: pacmanHooks, folders: alpmHookFolders },
  },
  {
    ...{ id: 'rpm', databases: ['usr/lib/sysimage/rpm/rpmdb.sqlite', 'var/lib/rpm/rpmdb.sqlite'] },
    ...{ programs: [hookProgramPath], files: Object.values(pluginPaths), folders: kernelInstallFolders },
  },
] as const;

type Manager = (typeof managers)[number];

async function checkOwn({ root }: Layout): Promise<Diagnosis[]> {
  const isThere = await Promise.all(managers.map((manager) => isUsed(manager, root)));
  const present = managers.filter((_, index) => isThere[index]);
  if (present.length === 0) {
    const message = 'only the hooks of dpkg, pacman and rpm are known here; there is none of them';
    return [{ check: 'hooks', level: 'note', message, next: 'kmodsmith run, after kernels were changed' }];
  }
  return (await Promise.all(present.map((manager) => checkHooksOf(manager, root)))).flat();
}

/** Where dpkg is, rpm is a tool like others. */
async function isUsed({ id, databases }: Manager, root: string): Promise<boolean> {
  if (id === 'rpm' && (await exists(join(root, dpkgDatabase)))) return false;
  const found = await Promise.all(databases.map((path) => exists(join(root, path))));
  return found.includes(true);
}

async function checkHooksOf({ id, programs, files, folders }: Manager, root: string): Promise<Diagnosis[]> {
  const missing: string[] = [];
  for (const path of programs.map((program) => join(root, program)))
    if (!(await isExecutable(path))) missing.push(path);
  const masked: string[] = [];
  for (const file of files) {
    const state = await stateOfHook(root, basename(file), folders);
    if (state === 'absent') missing.push(join(root, file));
    if (state === 'masked') masked.push(join(root, folders.admin, basename(file)));
  }
  const problems = [
    {
      paths: masked,
      what: 'are switched off by links to /dev/null',
      next: `rm ${masked.join(' ')}, unless that is meant: without them we are not told of every change`,
    },
    {
      paths: missing,
      what: 'are missing or cannot be executed',
      next: `kmodsmith generate ${id} toolkit -o FOLDER makes them; the package of kmodsmith brings them`,
    },
  ].filter(({ paths }) => paths.length > 0);
  if (problems.length === 0)
    return [{ check: 'hooks', level: 'ok', message: 'the hooks of kernels call us' }];
  return problems.map(({ paths, what, next }) => ({
    ...({ check: 'hooks', level: 'problem', next } as const),
    message: `hooks ${what}: ${paths.join(', ')}`,
  }));
}

async function checkForeign({ root }: Layout): Promise<Diagnosis[]> {
  const found: string[] = [];
  for (const { folder, file } of foreign) {
    const names = (await listFolder(join(root, folder)).catch(() => [])).map(({ name }) => name);
    found.push(...names.filter((name) => file.test(name)).map((name) => join(root, folder, name)));
  }
  const active: string[] = [];
  for (const path of found) if (/\.(hook|service)$/.test(path) || (await callsDkms(path))) active.push(path);
  return active.map((path) => ({
    check: 'hooks',
    level: 'problem',
    message: `${path} calls dkms besides us`,
    next: `remove the package dkms with its configuration, or: rm ${path}`,
  }));
}

/**
 * Not what is masked by a link to /dev/null, or may not be executed; nor what only speaks of dkms in a comment, as what our
 * package kmodsmith-dkms has in the place of dkms's hooks (debian/kmodsmith-dkms.kernel-hook).
 */
async function callsDkms(path: string): Promise<boolean> {
  if (!(await isExecutable(path))) return false;
  const text = await readTextIfPresent(path).catch(() => undefined);
  // What may be executed and not read may call anything.
  return text === undefined || text.split('\n').some((line) => /^[^#]*dkms/.test(line));
}
