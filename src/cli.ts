#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { KmodsmithError, messageOf } from './errors.ts';
import { forgetInterrupted } from './system/interrupt.ts';
import { stopRunning } from './system/running.ts';

// Memory is for the compilers: a young generation that stays small costs us nothing.
setFlagsFromString('--semi-space-growth-factor=1');

// Modules and folders are for everybody to read, whatever umask a package manager or an admin's shell has.
process.umask(0o022);

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    stopRunning(signal);
    if (signal === 'SIGINT') forgetInterrupted();
    process.exit(status);
  });
}

// A reader that has seen enough, as `head`, is no failure and ends nothing.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const argv = process.argv.slice(2);
const position = argv[0] === '--root' ? 2 : 0;
try {
  process.exitCode = await runCommand(argv[position]);
} catch (error) {
  process.exitCode = report(error);
}

/** Hooks run for every package event: the command line parser stays off their path. */
async function runCommand(name: string | undefined): Promise<number> {
  if (name === 'hook') return (await import('./commands/hook.ts')).runHook(argv.toSpliced(position, 1));
  if (name === 'common-postinst')
    return (await import('./dkms/common-postinst.ts')).commonPostinst(argv.slice(1));
  return (await import('./commands/command-line.ts')).runCommandLine(argv);
}

function report(error: unknown): number {
  process.stderr.write(`kmodsmith: ${messageOf(error)}\n`);
  if (error instanceof KmodsmithError) {
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    return error.exitCode;
  }
  process.stderr.write(`  This is a defect of kmodsmith.\n${error instanceof Error ? error.stack : ''}\n`);
  return 70;
}
