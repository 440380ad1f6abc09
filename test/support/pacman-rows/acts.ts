import type { PacmanMachine } from './machine.ts';

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
