import { expect } from 'vitest';
import { type CorpusKernel, type CorpusPackage, headersOnly, readCorpus } from './corpus.ts';
import { installDropIn } from './drop-in.ts';
import { type Observation, observe } from './observe.ts';
import { askOracle } from './oracle.ts';
import { parseConf } from './parse-conf.ts';
import { openRoot } from './roots.ts';

/**
 * Has our drop-in install a package of the corpus, and expects what the distribution's dkms does with it, down to the
 * bytes of the modules. Returns the exit status of both.
 */
export async function expectSameAsDkms(package_: string, kernel: CorpusKernel): Promise<number> {
  const theirs = await askOracle(package_, kernel);
  await using root = await openRoot('trixie-corpus-thin');
  await installDropIn(root);
  const { packages, kernels } = await readCorpus(root);
  const parsed = await parseConf(root, packages[package_] as CorpusPackage, kernels[kernel]);
  for (const read of theirs.directives) expect(inWords(parsed)).toEqual(inWords(read));
  const ours = await observe(root, package_, kernel);
  expect(comparable(ours, kernel), ours.log).toEqual(comparable(theirs, kernel));
  return ours.status;
}

/** Of a shell, different wherever there is one shell more; and our marks on the processes of builds. */
const ofTheWay = /^(?:PWD|OLDPWD|SHLVL|_|KMODSMITH_[A-Z]+)=/;
/** Ours; dkms leaves what it does not know alone. */
const ofOurs = /\/(?:provenance|manifest)\.json f /;

function comparable({ log: _, ...observation }: Observation, kernel: CorpusKernel) {
  // dkms also asks make for the compiler, from elsewhere.
  const builds = observation.make.filter(({ folder }) => folder.startsWith('/var/lib/dkms/'));
  // dkms compresses as the kernel's own modules are, and finds none there; we as the kernel's config says.
  const suffix = headersOnly.includes(kernel) ? /(?<=\.ko)\.xz/ : /$^/;
  return {
    ...observation,
    installed: observation.installed.map((line) => line.replace(suffix, '')),
    make: builds.map(({ environment, ...call }) => ({
      ...call,
      environment: environment.filter((setting) => !ofTheWay.test(setting)),
    })),
    directives: observation.directives.map(inWords),
    tree: observation.tree.filter((line) => !ofOurs.test(line)).map((line) => line.replace(suffix, '')),
  };
}

/** dkms makes one blank of any run of them; we leave values as they are, which a shell reads the same. */
function inWords(directives: Readonly<Record<string, string>>): Record<string, string> {
  const values = Object.entries(directives);
  return Object.fromEntries(values.map(([name, value]) => [name, value.replaceAll(/\s+/g, ' ').trim()]));
}
