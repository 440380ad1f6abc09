import { sample } from '../differential/scenarios/sample.ts';
import { defineSuite } from '../differential/suite.ts';

// All of them, and generated ones: `npm run test:long`.
defineSuite(sample);
