import { it } from 'vitest';
import { fuzzArguments } from '../../support/fuzz/arguments.ts';

it('reads any command line, or says what is wrong with it', () => {
  fuzzArguments({ seed: 1, numRuns: 1000 });
});
