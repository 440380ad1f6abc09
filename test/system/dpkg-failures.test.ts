import { beforeEach } from 'vitest';
import { playFailures } from '../support/play-failures.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// `npm run test:long` has all.
playFailures();
