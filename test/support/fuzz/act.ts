import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runCommandLine } from '../../../src/commands/command-line.ts';
import { runDkms } from '../../../src/dkms/main.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { arch, type Entry, kept, release, soundTree, type TreeCase, untouchable } from './trees.ts';

/** Makes each tree that stdin names, runs commands on it and prints what should not be. */
const { folder, cases } = JSON.parse(readFileSync(0, 'utf8')) as { folder: string; cases: TreeCase[] };
/** A tree's dkms.conf may take 20 s of its own. */
const hangSeconds = 90;
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
const hanging = 'it hangs';
const problems: string[][] = [];
for (const [index, found] of cases.entries()) {
  const root = join(folder, `root-${index}`);
  problems.push(await check(root, found));
  chmodAll(root);
  rmSync(root, { recursive: true, force: true });
}
print(JSON.stringify(problems));

async function check(root: string, { entries, commands }: TreeCase): Promise<string[]> {
  for (const entry of [...soundTree, ...entries]) place(root, entry);
  const before = snapshot(root);
  const found: string[] = [];
  for (const number of commands) {
    const failure = await Promise.race([
      attempt(root, number),
      setTimeout(hangSeconds * 1000, hanging, { ref: false }),
    ]);
    if (failure === hanging) {
      // What waits in the thread pool for a FIFO cannot be called back.
      print(JSON.stringify([...problems, [...found, `command ${number} hangs`]]));
      process.exit(0);
    }
    if (failure !== undefined) found.push(`command ${number}: ${failure}`);
    const after = snapshot(root);
    for (const path of new Set([...Object.keys(before), ...Object.keys(after)]))
      if (before[path] !== after[path])
        found.push(`command ${number}: ${path} was ${before[path]}, is ${after[path]}`);
  }
  return found;
}

async function attempt(root: string, number: number): Promise<string | undefined> {
  const trees = ['dkms', 'source', 'install'].map((name, index) => {
    const path = ['var/lib/dkms', 'usr/src', 'lib/modules'][index] ?? '';
    return `--${name}tree=${join(root, path)}`;
  });
  const dkms = (...argv: string[]) => dkmsFailure([...argv, ...trees, '--no-depmod']);
  switch (number) {
    case 0:
      return kmodsmithFailure(['status', '--json', '--root', root]);
    case 1:
      return dkms('status');
    case 2:
      return asNobody(() => dkms('status'));
    case 3:
      return asNobody(() => kmodsmithFailure(['status', '--root', root]));
    case 4:
      return dkms('remove', 'foo/1.0', '--all');
    case 5:
      return dkms('uninstall', 'foo/1.0', '-k', `${release}/${arch}`);
    default:
      return kmodsmithFailure(['remove', 'foo/1.0', '--root', root]);
  }
}

/** Status 70 and a stack mean a defect. */
async function dkmsFailure(argv: string[]): Promise<string | undefined> {
  const said: string[] = [];
  const write = process.stderr.write;
  process.stderr.write = (text) => said.push(String(text)) > 0;
  const status = await runDkms(argv).finally(() => {
    process.stderr.write = write;
  });
  return status === 70 ? said.join('') : undefined;
}

async function kmodsmithFailure(argv: string[]): Promise<string | undefined> {
  const write = process.stderr.write;
  process.stderr.write = () => true;
  try {
    await runCommandLine(argv);
    return undefined;
  } catch (error) {
    if (error instanceof KmodsmithError) return undefined;
    return error instanceof Error ? `${error.stack}` : String(error);
  } finally {
    process.stderr.write = write;
  }
}

async function asNobody(work: () => Promise<string | undefined>): Promise<string | undefined> {
  const user = process.geteuid?.() ?? 0;
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(user);
  }
}

/** What cannot be made, because of what is in its way, is left out. */
function place(root: string, entry: Entry): void {
  const path = join(root, entry.path);
  const text = 'text' in entry ? entry.text.replace('ROOT', root).replace('SELF', path) : '';
  try {
    rmSync(path, { recursive: true, force: true });
    if (entry.kind === 'nothing') return;
    mkdirSync(dirname(path), { recursive: true });
    if (entry.kind === 'file') writeFileSync(path, text);
    if (entry.kind === 'link') symlinkSync(text, path);
    if (entry.kind === 'folder') mkdirSync(path);
    if (entry.kind === 'fifo') makeFifo(path);
    if (entry.mode !== undefined && entry.kind !== 'link') chmodSync(path, entry.mode);
  } catch {
    // Something else is in the way.
  }
}

function makeFifo(path: string): void {
  const [program, ...args] = ['mkfifo', path] as const;
  execFileSync(program, args, { stdio: 'ignore' });
}

/** Everything that no command has any business with. */
function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    const info = look(path);
    if (info === undefined) return;
    const name = path.slice(root.length);
    if (info.isSymbolicLink()) found[name] = `a link to ${readlinkSync(path)}`;
    else if (info.isDirectory()) for (const entry of readdirSync(path)) visit(join(path, entry));
    else found[name] = info.isFile() ? readFileSync(path, 'latin1').slice(0, 200) : 'no regular file';
  };
  for (const path of untouchable) visit(join(root, path));
  for (const path of kept) if (look(join(root, path)) !== undefined) found[`/${path}`] = 'there';
  return found;
}

/** Undefined also behind links that lead nowhere. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function chmodAll(path: string): void {
  const info = look(path);
  if (info?.isDirectory() !== true) return;
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) chmodAll(join(path, name));
}
