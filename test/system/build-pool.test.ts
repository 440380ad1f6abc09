import { beforeEach } from 'vitest';
import { playBuildPool } from '../support/play-build-pool.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// `npm run test:long` has all.
playBuildPool();
