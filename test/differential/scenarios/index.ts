import type { Scenario } from '../scenario.ts';
import { adding } from './add.ts';
import { building } from './build.ts';
import { commandLine } from './command-line.ts';
import { installing } from './install.ts';
import { statuses } from './status.ts';
import { takingAway } from './taking-away.ts';

export const scenarios: readonly Scenario[] = [
  ...commandLine,
  ...adding,
  ...building,
  ...installing,
  ...takingAway,
  ...statuses,
];
