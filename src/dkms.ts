#!/usr/bin/env node
import { runDkms } from './dkms/main.ts';
import { stopRunning } from './system/running.ts';

process.umask(0o022);

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => {
    stopRunning(signal);
    process.exit(status);
  });
}

process.exitCode = await runDkms(process.argv.slice(2));
