import { beforeEach } from 'vitest';
import { playMatrix } from '../support/dpkg-rows/matrix.ts';
import { openToyMachine, packToyDebs } from '../support/dpkg-rows/toy-machine.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Toy kernels that have the maintainer scripts of Debian's own.

beforeEach(requireTestBed);

playMatrix({ kind: 'toy', pack: packToyDebs, open: openToyMachine, extent: 'all' });
