import type { PacmanMachine } from './machine.ts';

/** The packages of the columns' modules. */
export const packages = ['auto-dkms', 'hand-dkms', 'none-dkms'] as const;

/** All three in a version, in one transaction. */
export const installAll = ({ install }: PacmanMachine, version: string) =>
  install(...packages.map((name) => `${name} ${version}`));

/** What its column says; after a row in which the preset has not built it, too. */
export const byHand =
  (version = '1.0') =>
  ({ run, kernel }: PacmanMachine) =>
    run('kmodsmith', 'install', `hand/${version}`, '-k', kernel.release);

/** A hook of somebody else's ends the transaction after ours have told of it; the next run looks what has become of it. */
export async function refused({ root, run }: PacmanMachine, transaction: () => Promise<unknown>) {
  const hook = '/etc/pacman.d/hooks/99-refuse.hook';
  const triggers = ['Install', 'Upgrade', 'Remove'].map((operation) => `Operation = ${operation}\n`).join('');
  await root.write(
    hook,
    `[Trigger]\n${triggers}Type = Package\nTarget = *\n\n[Action]\nWhen = PreTransaction\nExec = /bin/false\nAbortOnFail\n`,
  );
  await transaction();
  await run('rm', hook);
  await run('kmodsmith', 'run');
}

/** pacman dies in the middle and leaves its lock; the next run finds what its hooks have recorded. */
export async function killed({ run }: PacmanMachine, transaction: () => Promise<unknown>) {
  await transaction();
  await run('rm', '/var/lib/pacman/db.lck');
  await run('kmodsmith', 'run');
}
