import { dryRun } from './common-declarations.ts';
import { type Command, command } from './declare.ts';

/** What keeps the machine in order. */
export const keepingCommands: readonly Command[] = [
  command(
    {
      name: 'gc',
      summary: 'remove builds of kernels that are gone, and what was left behind',
      details:
        'A kernel is gone when neither its image nor its headers are there. What goes besides: what runs left that were cut short, archived originals and links of such kernels, notes and failures that count no more, and what in the queue is no call. What is installed for a kernel that is there stays, and so does what is not ours.',
      options: dryRun,
    },
    async (values) => (await import('./gc.ts')).runGc(values),
  ),
  command(
    {
      name: 'repair',
      summary: 'make the tree, what is recorded and what is installed agree again',
      details:
        'Ends what a run has left that was cut short, puts back installed files that are missing or altered, takes away what has no build any more, writes down what is installed where nobody did, and makes module indexes anew. A second time it finds nothing. Ends with 1 when something cannot be mended.',
      options: dryRun,
    },
    async (values) => (await import('./repair.ts')).runRepair(values),
  ),
  command(
    {
      name: 'doctor',
      summary: 'look for what is wrong with this system, and say what to type next',
      details:
        'Policy and settings, hooks, queue, failures, headers, compilers, space, what is installed, Secure Boot, the signing key and who signed what. Ends with 1 when there is a problem. Changes nothing; some things only root can see.',
    },
    async (values) => (await import('./doctor.ts')).runDoctor(values),
  ),
];
