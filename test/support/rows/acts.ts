import type { PlayedMachine } from './rows.ts';

interface ActingMachine extends PlayedMachine {
  install(...names: string[]): Promise<string>;
  run(...argv: string[]): Promise<string>;
}

/** The packages of the columns' modules. */
export const packages = ['auto-dkms', 'hand-dkms', 'none-dkms'] as const;

/** All three in a version, in one transaction. */
export const installAll = ({ install }: ActingMachine, version: string) =>
  install(...packages.map((name) => `${name} ${version}`));

/** What its column says; after a row in which the preset has not built it, too. */
export const byHand =
  (version = '1.0') =>
  ({ run, kernel }: ActingMachine) =>
    run('kmodsmith', 'install', `hand/${version}`, '-k', kernel.release);
