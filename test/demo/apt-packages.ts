import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseOsRelease } from '../../src/formats/os-release.ts';
import { capture } from './programs.ts';

/** Packages as files, downloaded once and kept. */
export interface Packages {
  readonly folder: string;
  readonly release: string;
  /** File names; the first one is linux-headers-<release>. */
  readonly headers: readonly string[];
  readonly module: string;
}

const moduleName = 'v4l2loopback-dkms';

/** Names of the package that depends on the newest headers: Debian's, then Ubuntu's. */
const metapackages = (architecture: string) => [`linux-headers-${architecture}`, 'linux-headers-generic'];

/** From the cache, else by apt from the machine's own sources, as any user and without touching apt's own state. */
export async function fetchPackages(signal: AbortSignal): Promise<Packages> {
  const architecture = (await capture(['dpkg', '--print-architecture'], signal)).trim();
  const { id, versionId } = parseOsRelease(await readFile('/etc/os-release', 'utf8'));
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'kmodsmith/demo');
  const folder = join(cache, `${id}-${versionId}-${architecture}`);
  return (await readIndex(folder)) ?? (await download({ cache, folder, architecture, signal }));
}

async function readIndex(folder: string): Promise<Packages | undefined> {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : { ...JSON.parse(text), folder };
}

interface Download {
  readonly cache: string;
  readonly folder: string;
  readonly architecture: string;
  readonly signal: AbortSignal;
}

async function download({ cache, folder, architecture, signal }: Download): Promise<Packages> {
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'fetch-'));
  try {
    const apt = await privateApt(work);
    // One source that cannot be reached is no reason to stop: what is needed may come from the others.
    await capture(['apt-get', ...apt, '-q', 'update'], signal).catch(() => signal.throwIfAborted());
    const names = await headersPackages(apt, architecture, signal);
    const debs = join(work, 'debs');
    await mkdir(debs);
    const files: string[] = [];
    for (const name of [...names, moduleName]) {
      const target = `${name}.deb`;
      files.push(target);
      const [uri = ''] = (await capture(['apt-get', ...apt, 'download', '--print-uris', name], signal)).split(
        '\n',
      );
      await capture(
        ['sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', debs, 'apt-get', ...apt, '-q', 'download', name],
        signal,
      );
      await rename(join(debs, uri.split(' ')[1] ?? ''), join(debs, target));
    }
    const release = (names[0] ?? '').replace('linux-headers-', '');
    const index = { release, headers: files.slice(0, -1), module: files.at(-1) ?? '' };
    await writeFile(join(debs, 'index.json'), JSON.stringify(index));
    // Another demo may have been faster; its files are as good.
    await rename(debs, folder).catch(() => undefined);
    return { ...index, folder };
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Options for an apt with lists and cache of its own. Hooks of the machine's apt.conf would touch the system's. */
async function privateApt(work: string): Promise<string[]> {
  await mkdir(join(work, 'state/lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  const settings = [
    `Dir::State "${work}/state";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::Cache "${work}/cache";`,
    'Acquire::Languages "none";',
    'Acquire::http::Timeout "15";',
    'Acquire::https::Timeout "15";',
    // The sandbox user of apt cannot enter a private cache folder; only root has such a user.
    'APT::Sandbox::User "root";',
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
  ];
  const file = join(work, 'apt.conf');
  await writeFile(file, `${settings.join('\n')}\n`);
  return ['-c', file];
}

/** The headers package of the newest kernel, and what it needs of the same source. */
async function headersPackages(apt: readonly string[], architecture: string, signal: AbortSignal) {
  let level: string[] = [];
  for (const meta of metapackages(architecture)) {
    if (level.length === 0) level = await dependencies([meta], apt, signal).catch(() => []);
  }
  signal.throwIfAborted();
  if (level.length === 0)
    throw new Error('apt found no kernel headers in the package sources of this machine');
  const found = new Set<string>();
  while (level.length > 0) {
    for (const name of level) found.add(name);
    level = (await dependencies(level, apt, signal)).filter((name) => !found.has(name));
  }
  return [...found];
}

async function dependencies(names: readonly string[], apt: readonly string[], signal: AbortSignal) {
  const text = await capture(['apt-cache', ...apt, 'show', '--no-all-versions', ...names], signal);
  const fields = [...text.matchAll(/^Depends: (.*)$/gm)].flatMap(([, list = '']) => list.split(','));
  const first = fields.map((field) => field.trim().split(/[ |(:]/)[0] ?? '');
  return first.filter((name) => /^linux-(headers|kbuild)-/.test(name));
}
