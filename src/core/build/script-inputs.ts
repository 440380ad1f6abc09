import { join } from 'node:path';
import { isExecutable } from '../../system/files.ts';
import { type Fingerprints, filesBelow } from '../../system/fingerprint.ts';
import { asSeen, type BuildPlace } from './place.ts';
import type { BuildRequest } from './request.ts';
import { findScript } from './scripts.ts';

type Scripted = Pick<BuildRequest, 'layout' | 'module' | 'conf'>;

/**
 * Paths of what the scripts and the build command of a package may read besides its source, as far as can be known
 * without watching them: files that their words name, and for scripts whatever the admin keeps beside the patches. What
 * is in the tree of dkms belongs to modules, on whose versions a build depends by BUILD_DEPENDS.
 */
export async function scriptInputs({ layout, module, conf }: Scripted): Promise<string[]> {
  const { PRE_BUILD, POST_BUILD } = conf.scripts;
  const commands = [PRE_BUILD, POST_BUILD, conf.make].filter((command) => command !== undefined);
  const words = commands.flatMap((command) => command.split(/[\s'"`;=()]+/));
  const named = words
    .filter((word) => word.startsWith('/') && !isPassing(word))
    .map((word) => join(layout.root, word))
    .filter((path) => !path.startsWith(`${layout.dkmsTree}/`));
  const found = new Set<string>();
  // A program is a tool, and no input of its own.
  for (const path of named) if (!(await isExecutable(path))) found.add(path);
  if (PRE_BUILD === undefined && POST_BUILD === undefined) return [...found];
  const folder = join(layout.configFolder, module.name);
  const own = filesBelow(folder).filter((name) => !name.startsWith('patches/'));
  return [...found, ...own.map((name) => join(folder, name))];
}

/** What another moment has otherwise, and no build depends on by its content: /proc/cpuinfo to count processors. */
function isPassing(word: string): boolean {
  return /^\/+(proc|sys|dev|run|tmp|var\/tmp)(\/|$)/.test(word);
}

export interface RunScript {
  readonly name: 'PRE_BUILD' | 'POST_BUILD';
  /** As the dkms.conf has it. */
  readonly command: string;
  /** The path of what was found for it. */
  readonly program: string;
  readonly sha256: string;
}

/** The scripts that a build runs, as they are in its folder after patching, or in the admin's. */
export async function listScripts(
  { layout, module, conf }: Scripted,
  { place, fingerprints }: { place: BuildPlace; fingerprints: Fingerprints },
): Promise<RunScript[]> {
  const found: RunScript[] = [];
  for (const name of ['PRE_BUILD', 'POST_BUILD'] as const) {
    const directive = conf.scripts[name];
    if (directive === undefined) continue;
    const script = await findScript({ layout, module: module.name, name, directive, folder: place.folder });
    const sha256 = script && fingerprints.of(script.program)?.sha256;
    if (script === undefined || sha256 === undefined) continue;
    found.push({ name, command: directive.trim(), program: asSeen(script.program, place), sha256 });
  }
  return found;
}

const configures = /(^|[\s;&|(/'"])(configure|conftest)[\w.-]*($|[\s;&|)'"])/;

/** What autoconf and its likes leave behind. */
const traces = /(^|\/)(config\.(status|log)|conftest[^/]*(\/.*)?)$/;

/**
 * Whether a script or a configure run decided how the module was compiled: what it tried the kernel's headers for nobody
 * knows afterwards, and the answer may be another one with other headers that no object of the module includes.
 */
export function isDecidedByTrying({ conf }: Pick<BuildRequest, 'conf'>, folder: string): boolean {
  if (conf.scripts.PRE_BUILD !== undefined || configures.test(conf.make ?? '')) return true;
  return filesBelow(folder).some((path) => traces.test(path));
}
