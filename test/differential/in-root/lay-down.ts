import { chmodSync, copyFileSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FileSpec, Files } from '../scenario.ts';

/** When everything that a scenario starts from was made. */
export const fixtureTime = new Date('2024-01-02T03:04:05Z');

export function layDown(files: Files): void {
  for (const [path, spec] of Object.entries(files)) {
    if (path.endsWith('/')) mkdirSync(path, { recursive: true });
    else {
      mkdirSync(dirname(path), { recursive: true });
      make(path, spec);
    }
    lutimesSync(path.replace(/\/$/, ''), fixtureTime, fixtureTime);
  }
}

function make(path: string, spec: FileSpec): void {
  if (typeof spec === 'string') writeFileSync(path, spec);
  else if ('link' in spec) symlinkSync(spec.link, path);
  else if ('copy' in spec) copyFileSync(spec.copy, path);
  else {
    writeFileSync(path, spec.content);
    chmodSync(path, spec.mode);
  }
}
