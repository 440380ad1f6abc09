import { buildDebianPackages, offer } from '../debian-packages.ts';
import { installHeaders, readKernels, type TestKernel } from '../kernels.ts';
import { listFiles } from '../list-files.ts';
import { loadedSections } from '../loaded-sections.ts';
import { openRoot, type TestRoot } from '../roots.ts';

/** A Debian with the headers of one kernel, on which packages of modules are installed by apt. */
interface PackageSystem {
  readonly root: TestRoot;
  /** All files, before dkms or ours was installed. */
  readonly before: readonly string[];
  observe(): Promise<PackageState>;
}

/** What both sides must have the same of. */
export interface PackageState {
  /** Every package with a module that dpkg knows of, with version and state. */
  readonly packages: string;
  /** What `dkms status` says. */
  readonly status: string;
  /** Every module below /lib/modules. */
  readonly names: string;
  /** What the kernel would load of those that are not its own, by their path. */
  readonly loaded: Readonly<Record<string, readonly string[]>>;
}

/** The same system twice: with the distribution's dkms, and with ours in its place. */
export interface SystemPair extends AsyncDisposable {
  readonly theirs: PackageSystem;
  readonly ours: PackageSystem;
}

export async function openPair(): Promise<SystemPair> {
  const built = await buildDebianPackages();
  const opened = await Promise.allSettled([openSystem(built, 'dkms'), openSystem(built, 'kmodsmith-dkms')]);
  const dispose = async () => {
    for (const one of opened) if (one.status === 'fulfilled') await one.value.root.dispose();
  };
  const [theirs, ours] = opened;
  if (theirs?.status === 'fulfilled' && ours?.status === 'fulfilled')
    return { theirs: theirs.value, ours: ours.value, [Symbol.asyncDispose]: dispose };
  await dispose();
  throw opened.find((one) => one.status === 'rejected')?.reason;
}

async function openSystem(built: string, provider: string): Promise<PackageSystem> {
  const root = await openRoot('trixie-module-debs-thin');
  try {
    const kernel = (await readKernels(root)).kernels[0] as TestKernel;
    await installHeaders(root, kernel);
    await offer(root, built);
    const before = await listFiles(root);
    await root.run(['apt-get', 'install', provider]);
    return { root, before, observe: () => observe(root) };
  } catch (error) {
    await root.dispose();
    throw error;
  }
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query(1) writes fields like this
const packageFormat = '${Package} ${Version} ${db:Status-Abbrev}\\n';

const packageQuery = `dpkg-query --show --showformat '${packageFormat}' '*-dkms' 2>/dev/null | grep -v -e ^kmodsmith -e ' un ' || :`;

const moduleNames = `find /lib/modules -name '*.ko*' | LC_ALL=C sort`;

async function observe(root: TestRoot): Promise<PackageState> {
  const say = async (script: string) => (await root.run(['sh', '-ec', script])).stdout;
  const names = await say(moduleNames);
  const loaded: Record<string, string[]> = {};
  for (const path of names.split('\n').filter((name) => /^\/lib\/modules\/[^/]+\/(?!kernel\/)./.test(name)))
    loaded[path] = loadedSections(await unpacked(root, path));
  return { packages: await say(packageQuery), status: await say('dkms status'), names, loaded };
}

async function unpacked(root: TestRoot, path: string): Promise<Buffer> {
  if (!path.endsWith('.xz')) return root.readBytes(path);
  await root.run(['sh', '-c', 'xz -dc "$1" >/tmp/unpacked.ko', 'unpack', path]);
  return root.readBytes('/tmp/unpacked.ko');
}
