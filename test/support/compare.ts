import { expect } from 'vitest';
import type { CorpusKernel } from './corpus.ts';
import { installDropIn } from './drop-in.ts';
import { type Observation, observe } from './observe.ts';
import { askOracle } from './oracle.ts';
import { openRoot } from './roots.ts';

/** Has our drop-in install a package of the corpus, and expects what the distribution's dkms does with it. */
export async function expectSameAsDkms(package_: string, kernel: CorpusKernel): Promise<void> {
  const theirs = await askOracle(package_, kernel);
  await using root = await openRoot('trixie-corpus');
  await installDropIn(root);
  const ours = await observe(root, package_, kernel);
  expect(comparable(ours), ours.log).toEqual(comparable(theirs));
}

/** Of a shell, and different wherever there is one shell more. */
const ofTheShell = /^(?:PWD|OLDPWD|SHLVL|_)=/;
/** Ours; dkms leaves what it does not know alone. */
const ofOurs = /\/(?:provenance|manifest)\.json f /;

function comparable({ log: _, ...observation }: Observation) {
  // dkms also asks make for the compiler, from elsewhere.
  const builds = observation.make.filter(({ folder }) => folder.startsWith('/var/lib/dkms/'));
  return {
    ...observation,
    make: builds.map(({ environment, ...call }) => ({
      ...call,
      environment: environment.filter((setting) => !ofTheShell.test(setting)),
    })),
    tree: observation.tree.filter((line) => !ofOurs.test(line)),
  };
}
