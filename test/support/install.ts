import { basename } from 'node:path';
import { inject } from 'vitest';
import type { TestRoot } from './roots.ts';

/** Debian's kernels make no initramfs where INITRD says so: for those that nobody boots. */
export const withoutInitramfs = { INITRD: 'No' };

/** Installs the toolkit as it is now; its .deb stays at /srv/kmodsmith.deb. */
export async function installToolkit(root: TestRoot): Promise<void> {
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
}

const brought = new WeakMap<TestRoot, Set<string>>();

/** Puts packages of the host into /srv, each once, by their names; returns the paths there. */
export async function bringPackages(root: TestRoot, files: readonly string[]): Promise<string[]> {
  const there = brought.get(root) ?? new Set();
  brought.set(root, there);
  const paths = files.map((file) => `/srv/${basename(file)}`);
  for (const [index, path] of paths.entries()) {
    if (there.has(path)) continue;
    await root.copyIn(files[index] ?? '', path);
    there.add(path);
  }
  return paths;
}

interface InstallOptions {
  /** Of apt-get. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Installs .debs of the host in one transaction of apt; returns what was said. */
export async function installDebs(
  root: TestRoot,
  debs: readonly string[],
  { options = [], env = {} }: InstallOptions = {},
): Promise<string> {
  const argv = ['apt-get', 'install', ...options, ...(await bringPackages(root, debs))];
  const { stdout, stderr } = await root.run(argv, { env });
  return stdout + stderr;
}
