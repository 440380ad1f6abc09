import { beforeEach } from 'vitest';
import { playPacmanMatrix } from '../support/pacman-rows/matrix.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

// Toy kernels as Arch packs them. `npm run test:long` has the preset arch.

beforeEach(requireTestBed);

playPacmanMatrix();
