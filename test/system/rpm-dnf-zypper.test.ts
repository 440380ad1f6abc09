import { beforeEach, describe } from 'vitest';
import { requireTestBed } from '../support/require-or-skip.ts';
import { playRpmMatrix } from '../support/rpm-rows/matrix.ts';

// The same rows from a repository of createrepo_c's: the first of each kind. `npm run test:long` has all, and the preset fedora.

beforeEach(requireTestBed);

describe.each(['dnf', 'zypper'] as const)('%s', (tool) => playRpmMatrix(tool, 5));
