import { join } from 'node:path';
import { compareVersionKeys } from '../../formats/version-key.ts';
import { insideRoot } from '../../system/root.ts';
import type { KernelObject } from '../conf/kernel-objects.ts';
import { modulesFolder } from '../layout.ts';
import { installedVersion } from '../tree.ts';
import { builtFile } from './built-files.ts';
import { destinationFolder, filesOfObject } from './destinations.ts';
import type { InstallRequest } from './install.ts';
import { findOwnFiles, isSameModule } from './installed-files.ts';
import { type ModuleFile, readModuleFile } from './module-file.ts';
import { findObjection, listKernelObjects } from './module-version.ts';
import type { Refusal } from './refusal.ts';

/** What is in the kernel of this module before an install. Paths are of the host. */
export interface Earlier {
  /** The active version. */
  readonly version?: string;
  /** Files of this or the active version. */
  readonly own: readonly string[];
  /** Those of this version. */
  readonly same: readonly string[];
  /** Those that have no say about versions: dkms compares with an earlier version, but never with itself. */
  readonly silent: readonly string[];
}

export async function findEarlier(request: InstallRequest): Promise<Earlier> {
  const { layout, at, objects, ...placement } = request;
  const version = await installedVersion(layout, at);
  const { own: same } = await findOwnFiles({ layout, at, objects, placement });
  if (version === undefined || version === at.module.version)
    return { ...(version !== undefined && { version }), own: same, same, silent: same };
  const active = { ...at, module: { ...at.module, version } };
  const { own: others } = await findOwnFiles({ layout, at: active, placement });
  const own = [...new Set([...same, ...others])];
  return { version, own, same, silent: request.ownVersions === 'compare' ? same : own };
}

/** A kernel object that may be installed. */
export interface InspectedObject {
  readonly object: KernelObject;
  /** Its file in the tree. */
  readonly built: string;
  /** Modules of other owners that have to go to the archive. */
  readonly originals: readonly string[];
}

/** Sorts the objects into those to be installed and those not; changes nothing. */
export async function inspectObjects(
  request: InstallRequest,
  earlier: Earlier,
): Promise<{ wanted: InspectedObject[]; refused: Refusal[] }> {
  const { layout, at, objects } = request;
  const names = objects.map(({ name }) => name);
  const present = await listKernelObjects(layout, at.release, names);
  const wanted: InspectedObject[] = [];
  const refused: Refusal[] = [];
  for (const object of objects) {
    const built = builtFile(layout, at, object.name) ?? '';
    const context = {
      object,
      own: await readModuleFile(built),
      present: present.get(object.name) ?? [],
      earlier,
    };
    const refusal = await findRefusal(request, context);
    if (refusal === undefined)
      wanted.push({ object, built, originals: await findOriginals(request, context) });
    else refused.push(refusal);
  }
  return { wanted, refused };
}

interface Inspection {
  readonly object: KernelObject;
  readonly own: ModuleFile;
  /** All kernel objects of its name. */
  readonly present: readonly string[];
  readonly earlier: Earlier;
}

async function findRefusal(
  request: InstallRequest,
  { object: { name }, own, present, earlier, object }: Inspection,
): Promise<Refusal | undefined> {
  const { layout, at, obsoleteBy, force = false, versionOverride = false } = request;
  if (force) return undefined;
  if (obsoleteBy !== undefined && compareVersionKeys(at.release, obsoleteBy) >= 0)
    return { name, because: 'obsolete', since: obsoleteBy };
  if (versionOverride) return undefined;
  const lost = await findLost(request, { object, own });
  const others = present.filter((path) => !earlier.silent.includes(path) && !lost.includes(path));
  const objection = await findObjection(own, others);
  return objection && { name, ...objection, found: insideRoot(layout.root, objection.found) };
}

/**
 * The same module exactly where ours goes, of which the tree has lost its record: for our engine that is the module
 * itself, and no reason to leave it to rot.
 */
async function findLost(
  request: InstallRequest,
  { object, own }: Pick<Inspection, 'object' | 'own'>,
): Promise<string[]> {
  if (request.ownVersions === 'compare') return [];
  const { layout, at } = request;
  const there = await filesOfObject(
    { layout, release: at.release },
    destinationFolder(request, object),
    object.name,
  );
  const same = await Promise.all(
    there.map(async (path) => {
      const found = await readModuleFile(path).catch(() => undefined);
      return found !== undefined && isSameModule(found, own);
    }),
  );
  return there.filter((_, index) => same[index]);
}

/**
 * What has to make way. Exactly where ours goes, nothing but ours may be, with any compression: for depmod that would be
 * a second module of the name. Besides, dkms takes the first module of the name away, looking in extra/, updates/ and the
 * destination before anywhere else, unless a version of the module is installed already (dkms-compat.md section 5.4).
 */
async function findOriginals(request: InstallRequest, inspection: Inspection): Promise<string[]> {
  const { layout, at } = request;
  const { object, present, earlier } = inspection;
  const kernel = { layout, release: at.release };
  const folder = destinationFolder(request, object);
  const isForeign = (path: string) => !earlier.own.includes(path);
  const lost = await findLost(request, inspection);
  const inTheWay = (await filesOfObject(kernel, folder, object.name))
    .filter(isForeign)
    .filter((path) => !lost.includes(path));
  if (request.originals === 'overwritten-only' || earlier.version !== undefined) return inTheWay;
  const root = modulesFolder(layout, at.release);
  const preferred = ['extra', 'updates', folder].flatMap((name) =>
    present.filter((path) => path.startsWith(join(root, name, `${object.name}.ko`))),
  );
  const first = [...preferred, ...present].find(isForeign);
  return [...new Set([...(first === undefined ? [] : [first]), ...inTheWay])];
}
