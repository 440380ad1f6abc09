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
