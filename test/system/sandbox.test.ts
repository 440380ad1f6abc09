import { beforeEach } from 'vitest';
import { playSandbox } from '../support/play-sandbox.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// `npm run test:long` has all.
playSandbox();
