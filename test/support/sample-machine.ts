import type { Provenance } from '../../src/core/provenance/provenance.ts';
import { installDebs, installToolkit } from './install.ts';
import { installHeaders, readKernels } from './kernels.ts';
import { openRoot, type TestRoot } from './roots.ts';

/** A Debian with the toolkit and one kernel's headers, and what can be seen there of the sample module. */
export interface SampleMachine extends AsyncDisposable {
  readonly root: TestRoot;
  readonly release: string;
  /** Installs packages by their file on the host, with whatever options apt-get is to have. */
  apt(debs: readonly string[], ...options: readonly string[]): Promise<string>;
  observe(): Promise<Observed>;
  /** When the build of that version was started. */
  startedAt(version: string): Promise<number>;
}

interface Observed {
  /** dpkg's word for the package and its version. */
  readonly package: string;
  readonly registered: readonly string[];
  /** The version whose build the kernel would load. */
  readonly installed: string | undefined;
  readonly queued: number;
}

const tree = '/var/lib/dkms/sample';
const queue = '/var/lib/kmodsmith/queue';

export async function openSampleMachine(): Promise<SampleMachine> {
  const root = await openRoot('trixie-kernels-thin');
  const { kernels } = await readKernels(root);
  const [kernel] = kernels;
  if (kernel === undefined) throw new Error('the root has no kernel');
  const { release } = kernel;
  await installToolkit(root);
  await installHeaders(root, kernel);
  const list = async (path: string) => ((await root.exists(path)) ? root.list(path) : []);
  const build = (version: string) => `${tree}/${version}/${release}/x86_64`;

  async function installedVersion(versions: readonly string[]): Promise<string | undefined> {
    const found = await root.run(['modinfo', '-k', release, '-F', 'filename', 'sample'], {
      allowFailure: true,
    });
    if (found.exitCode !== 0) return undefined;
    const path = found.stdout.trim();
    for (const version of versions) {
      const same = ['cmp', path, `${build(version)}/module/${path.split('/').at(-1)}`];
      if ((await root.run(same, { allowFailure: true })).exitCode === 0) return version;
    }
    return path;
  }

  return {
    root,
    release,
    apt: (debs, ...options) => installDebs(root, debs, { options }),
    async observe() {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query(1) writes fields like this
      const format = '--showformat=${db:Status-Abbrev}${Version}';
      const asked = ['dpkg-query', '--show', format, 'sample-module-dkms'];
      const versions = (await list(tree)).filter((name) => !name.startsWith('kernel-'));
      return {
        package: (await root.run(asked, { allowFailure: true })).stdout,
        registered: versions,
        installed: await installedVersion(versions),
        queued: (await list(queue)).length,
      };
    },
    async startedAt(version) {
      return (JSON.parse(await root.read(`${build(version)}/provenance.json`)) as Provenance).startedAt;
    },
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}
