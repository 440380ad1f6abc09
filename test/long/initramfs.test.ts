import { beforeEach } from 'vitest';
import { followModules } from '../support/follow-modules.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

followModules('dracut');
