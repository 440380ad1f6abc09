import { fileURLToPath } from 'node:url';
import { execute } from './process.ts';

/** Makes the bundle that the command line tests run, once. */
export async function setup(): Promise<void> {
  await execute([
    'npm',
    '--prefix',
    fileURLToPath(new URL('../..', import.meta.url)),
    'run',
    '--silent',
    'build',
  ]);
}
