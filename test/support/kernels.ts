import type { TestRoot } from './roots.ts';

/** What a `-kernels` root knows of its real kernels; the headers are in `debs`, not installed. */
export interface TestKernels {
  kernels: readonly TestKernel[];
  debs: Readonly<Record<string, { version: string; file: string }>>;
}

export interface TestKernel {
  release: string;
  version: string;
  image: string;
  headers: string;
  common: string;
}

export async function readKernels(root: TestRoot): Promise<TestKernels> {
  return JSON.parse(await root.read('/var/cache/test-debs/kernels.json'));
}

/** Installs the real headers of a kernel the way an administrator would, from the .deb files at hand. */
export async function installHeaders(root: TestRoot, kernel: TestKernel): Promise<void> {
  const { debs } = await readKernels(root);
  const files = [kernel.headers, kernel.common].map((name) => debs[name]?.file ?? name);
  await root.run(['apt-get', 'install', ...files]);
}
