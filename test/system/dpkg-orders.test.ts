import { beforeEach } from 'vitest';
import { playOrders } from '../support/play-orders.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

// Two of the twelve; `npm run test:long` has them all.
playOrders();
