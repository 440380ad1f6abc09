import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface ScratchFolder {
  readonly path: string;
  /** Writes a file below the folder; returns its path. */
  write(path: string, content: string | Uint8Array, mode?: number): string;
  folder(path: string): string;
  link(target: string, path: string): string;
  fifo(path: string): string;
}

/** An empty folder that is gone after the calling test. */
export function makeScratchFolder(): ScratchFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'kmodsmith-unit-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const within = (below: string) => {
    mkdirSync(dirname(join(path, below)), { recursive: true });
    return join(path, below);
  };
  return {
    path,
    write: (below, content, mode = 0o644) => {
      writeFileSync(within(below), content);
      chmodSync(within(below), mode);
      return within(below);
    },
    folder: (below) => {
      mkdirSync(join(path, below), { recursive: true });
      return join(path, below);
    },
    link: (target, below) => {
      symlinkSync(target, within(below));
      return within(below);
    },
    fifo: (below) => {
      const [program, ...args] = ['mkfifo', within(below)] as const;
      spawnSync(program, args);
      return within(below);
    },
  };
}
