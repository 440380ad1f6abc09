import { actingCommands } from './acting-commands.ts';
import { archiveCommands, signingCommands } from './archive-commands.ts';
import type { Command } from './declare.ts';
import { generateCommands } from './generate-commands.ts';
import { keepingCommands } from './keeping-commands.ts';
import { policyCommands } from './policy-commands.ts';
import { reportingCommands } from './reporting-commands.ts';

/** The commands of kmodsmith, but for `hook`, which is for package managers. Each is imported when it is run. */
export const commands: readonly Command[] = [
  ...reportingCommands,
  ...actingCommands,
  ...keepingCommands,
  ...archiveCommands,
  ...signingCommands,
  policyCommands,
  generateCommands,
];
