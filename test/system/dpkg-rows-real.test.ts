import { beforeEach } from 'vitest';
import { playMatrix } from '../support/dpkg-rows/matrix.ts';
import { openRealMachine, packRealDebs } from '../support/dpkg-rows/real-machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Some of the rows, with real headers. A few rows of the default preset; `npm run test:long` has all.

beforeEach(requireTestBed);

playMatrix({ kind: 'real', pack: packRealDebs, open: openRealMachine });
