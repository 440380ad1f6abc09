import type { RpmMachine } from './machine.ts';

/** rpm dies in the middle, or gives up; the next run looks what has become of what its triggers have recorded. */
export async function ended({ run }: RpmMachine, transaction: () => Promise<unknown>) {
  await transaction();
  await run('kmodsmith', 'run');
}
