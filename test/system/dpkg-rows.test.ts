import { beforeEach } from 'vitest';
import { playMatrix } from '../support/dpkg-rows/matrix.ts';
import { openToyMachine, packToyDebs } from '../support/dpkg-rows/toy-machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Toy kernels that have the maintainer scripts of Debian's own. Of other presets than the default a few rows; `npm run test:long` has all.

beforeEach(requireTestBed);

playMatrix({ kind: 'toy', pack: packToyDebs, open: openToyMachine });
