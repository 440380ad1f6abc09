import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that the command line takes for the whole system. */
export interface ScratchRoot extends Disposable {
  readonly path: string;
  write(path: string, content: string | Uint8Array): void;
  link(target: string, path: string): void;
  /** All files and links below the root with their content, to see that nothing was lost. */
  snapshot(): Record<string, string>;
  kmodsmith(...argv: string[]): CommandResult;
  /** As a user who may not do everything. */
  kmodsmithAsNobody(...argv: string[]): CommandResult;
  hook(env: Record<string, string>, ...argv: string[]): CommandResult;
}

export function makeScratchRoot(): ScratchRoot {
  const path = mkdtempSync(join(tmpdir(), 'kmodsmith-cli-'));
  const within = (below: string) => {
    mkdirSync(dirname(join(path, below)), { recursive: true });
    return join(path, below);
  };
  const start = (argv: string[], env: Record<string, string> = {}) => {
    const options = { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env }, cwd: path } as const;
    return spawnSync(process.execPath, [bundle, ...argv], options);
  };
  return {
    path,
    write: (below, content) => writeFileSync(within(below), content),
    link: (target, below) => symlinkSync(target, within(below)),
    snapshot: () => snapshot(path),
    kmodsmith: (...argv) => start([...argv, '--root', path]),
    kmodsmithAsNobody: (...argv) => startAsNobody([...argv, '--root', path], path),
    hook: (env, ...argv) => start(['hook', '--root', path, ...argv], env),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** The bundle may be where nobody else can read it, so it is copied. */
function startAsNobody(argv: string[], cwd: string): CommandResult {
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  cpSync(dirname(bundle), join(cwd, 'bundle'), { recursive: true });
  const options = { encoding: 'utf8', env: { PATH: process.env['PATH'] }, cwd, ...identity } as const;
  return spawnSync(process.execPath, [join(cwd, 'bundle/cli.js'), ...argv], options);
}

/** The lock and the empty folders of our own state are no loss and no gain. */
function snapshot(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory() && entry.name !== 'lock')
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length), contentOf(path)]),
  );
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '(not a readable file)';
  }
}
