import { bringPackages, installDebs, installToolkit, withoutInitramfs } from '../install.ts';
import type { TestRoot } from '../roots.ts';
import { lookAround, type RowKernel, type Sight } from '../rows/sight.ts';

/** .debs of the host by what a row calls them; several where a kernel's headers are several packages. */
export type Debs = Readonly<Record<string, readonly string[]>>;

/** A Debian on which rows of the matrix are played. */
export interface RowMachine extends AsyncDisposable {
  readonly root: TestRoot;
  /** What events are about, and one that comes and goes beside it. */
  readonly kernel: RowKernel;
  readonly other: RowKernel;
  /** Installs, upgrades, downgrades or reinstalls these by apt, in one transaction; returns what was said. */
  install(...debs: string[]): Promise<string>;
  /** By dpkg, which does not mind what else is missing. */
  installAlone(deb: string): Promise<string>;
  /** The same, which is expected to fail. */
  installInVain(deb: string): Promise<string>;
  remove(...packages: string[]): Promise<string>;
  run(...argv: string[]): Promise<string>;
  look(): Promise<Sight>;
}

/** What machines of all kinds can do. */
export function machineOn(
  root: TestRoot,
  { debs, kernel, other }: { debs: Debs; kernel: RowKernel; other: RowKernel },
): RowMachine {
  const env = withoutInitramfs;
  const run = async (...argv: string[]) => {
    const { stdout, stderr } = await root.run(argv, { env });
    return stdout + stderr;
  };
  const filesOf = (name: string) => {
    const files = debs[name];
    if (files === undefined) throw new Error(`no package is called ${name} here`);
    return files;
  };
  return {
    ...{ root, kernel, other, run },
    install: (...names) =>
      installDebs(root, names.flatMap(filesOf), { options: ['--reinstall', '--allow-downgrades'], env }),
    installAlone: async (name) => run('dpkg', '--install', ...(await bringPackages(root, filesOf(name)))),
    async installInVain(name) {
      const argv = ['dpkg', '--install', ...(await bringPackages(root, filesOf(name)))];
      const { exitCode, stdout, stderr } = await root.run(argv, { env, allowFailure: true });
      if (exitCode === 0) throw new Error(`${name} was installed`);
      return stdout + stderr;
    },
    remove: (...packages) => run('apt-get', 'remove', ...packages),
    look: () => lookAround(root, 'dpkg --audit'),
    [Symbol.asyncDispose]: () => root.dispose(),
  };
}

/** Installs the toolkit; the policy is what the row's preset says. */
export async function installWithPolicy(root: TestRoot, policy: string): Promise<void> {
  await root.write('/etc/kmodsmith/policy.d/10-row.toml', policy);
  await installToolkit(root);
}
