import { generate } from '../differential/generated.ts';
import { defineSuite } from '../differential/suite.ts';

const count = Number(process.env['KMODSMITH_GENERATED'] ?? 60);
const seed = Number(process.env['KMODSMITH_SEED'] ?? 1);

console.log(`differential: ${count} generated scenarios, KMODSMITH_SEED=${seed}`);
defineSuite(generate(count, seed));
