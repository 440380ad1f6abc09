import { beforeEach } from 'vitest';
import { requireTestBed } from '../support/require-or-skip.ts';
import { playSamplePackage } from '../support/sample-package-rows.ts';

beforeEach(requireTestBed);

// Two more: `npm run test:long`.
playSamplePackage();
