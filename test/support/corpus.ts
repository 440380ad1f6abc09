import type { TestRoot } from './roots.ts';

/** What the root `trixie-corpus` holds: headers of these kernels, and unregistered sources below /usr/src. */
export interface Corpus {
  /** Releases by what the kernels are called here. */
  readonly kernels: Readonly<Record<CorpusKernel, string>>;
  /** By the name of the Debian package. */
  readonly packages: Readonly<Record<string, CorpusPackage>>;
}

export interface CorpusPackage {
  /** Of the Debian package. */
  readonly version: string;
  /** Of the module, as dkms.conf says. */
  readonly name: string;
  readonly moduleVersion: string;
}

export const corpusKernels = ['6.1', '6.12', '6.12-rt', '6.12-cloud', '7'] as const;
export type CorpusKernel = (typeof corpusKernels)[number];

/** The kernels of which there are only the headers. */
export const headersOnly: readonly CorpusKernel[] = ['6.1', '7'];

export async function readCorpus(root: TestRoot): Promise<Corpus> {
  return JSON.parse(await root.read('/var/cache/corpus/corpus.json'));
}
