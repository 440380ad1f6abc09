import { beforeEach } from 'vitest';
import { requireTestBed } from '../support/require-or-skip.ts';
import { playRpmMatrix } from '../support/rpm-rows/matrix.ts';

// Toy kernels as Fedora packs them, by rpm itself. `npm run test:long` has the preset fedora.

beforeEach(requireTestBed);

playRpmMatrix('rpm');
