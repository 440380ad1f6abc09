import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderLauncher } from '../../../src/adapters/launcher.ts';
import { rememberSettled } from '../../../src/apply/settled.ts';
import { layoutOf } from '../../../src/core/layout.ts';

let folder: string;
let paths: { tree: string; state: string; engine: string; programs: string };

const words = ['hook', 'dpkg', 'postinst.d', '6.1.0-1-amd64'];
const said = ["kmodsmith: toy 1.0: it's up to date; 100% $(x) \\n", '  and more'];
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kmodsmith settled's $(x) "));
  paths = { tree: at('dkms'), state: at('state'), engine: at('engine'), programs: at('programs') };
  mkdirSync(at('seen'));
  writeFileSync(at('seen/file'), 'one');
  writeFileSync(at('seen/target'), 'two');
  symlinkSync('target', at('seen/link'));
  symlinkSync('nowhere', at('seen/dangling'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const looks = () =>
  new Set(['', '/file', '/link', '/dangling', '/absent', '/file/below'].map((name) => at(`seen${name}`)));

interface Remembered {
  after?: number;
  env?: object;
  lines?: readonly string[];
}

/** As an engine whose look began so many milliseconds from now. */
async function remember({ after = 5000, env = {}, lines = said }: Remembered = {}) {
  const layout = {
    ...layoutOf('/'),
    queue: at('state/queue'),
    history: at('state/history'),
    settled: at('state/settled'),
  };
  await rememberSettled(layout, {
    words,
    env: { ...env },
    startedAt: Date.now() + after,
    looks: looks(),
    said: lines,
  });
}

/** What the rendered program makes of a call. */
function ask({ argv = words, env = {} }: { argv?: readonly string[]; env?: Record<string, string> } = {}) {
  const program = renderLauncher({ kind: 'toolkit', paths }).find(({ path }) => path.endsWith('/settled'));
  const input = { env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' } as const;
  return spawnSync('/bin/sh', ['-c', program?.content ?? '', 'settled', ...argv], input);
}

it('says again what was said, where a hook says it', async () => {
  await remember();
  expect(ask()).toMatchObject({ status: 0, stdout: '', stderr: said.map((line) => `${line}\n`).join('') });
});

it('takes what has several lines, and not what a shell cannot say again', async () => {
  await remember({ lines: ['one\n\n  two', 'three'] });
  expect(ask()).toMatchObject({ status: 0, stderr: 'one\n\n  two\nthree\n' });
  await remember({ env: { DEB_MAINT_PARAMS: 'configure 1' }, lines: ['o\0ne'] });
  expect(ask({ env: { DEB_MAINT_PARAMS: 'configure 1' } }).status).toBe(1);
});

it('knows nothing of a call that nobody made', async () => {
  expect(ask()).toMatchObject({ status: 1, stdout: '', stderr: '' });
  await remember();
  expect(ask({ argv: [...words, 'more'] }).status).toBe(1);
  expect(ask({ argv: words.slice(0, -1) }).status).toBe(1);
  expect(ask({ env: { DEB_MAINT_PARAMS: 'configure 1' } }).status).toBe(1);
  await remember({ env: { DEB_MAINT_PARAMS: 'configure 1' } });
  expect(ask({ env: { DEB_MAINT_PARAMS: 'configure 1' } }).status).toBe(0);
  expect(ask().status).toBe(0);
});

const changes: Record<string, () => void> = {
  'a file has other content': () => appendFileSync(at('seen/file'), '.'),
  'a file has other content of the same size': () => writeFileSync(at('seen/file'), 'eno'),
  'a file is another one': () => {
    writeFileSync(at('new'), 'one');
    renameSync(at('new'), at('seen/file'));
  },
  'a file is gone': () => rmSync(at('seen/file')),
  'a name is new in a folder': () => writeFileSync(at('seen/other'), ''),
  'what was absent is there': () => writeFileSync(at('seen/absent'), ''),
  'what a link leads to has other content': () => appendFileSync(at('seen/target'), '.'),
  'a link leads elsewhere': () => {
    rmSync(at('seen/link'));
    symlinkSync('file', at('seen/link'));
  },
  'a dangling link leads somewhere': () => writeFileSync(at('seen/nowhere'), ''),
  'a call waits': () => {
    mkdirSync(at('state/queue'));
    writeFileSync(at('state/queue/call.x'), '');
  },
  'the answer is of another format': () => spoil((text) => text.replace('settled-1', 'settled-0')),
  'the answer is cut short': () => spoil((text) => text.slice(0, -20)),
  'the answer is empty': () => spoil(() => ''),
};

function spoil(change: (text: string) => string): void {
  const [name = ''] = readdirSync(at('state/settled'));
  const file = at(`state/settled/${name}`);
  const text = spawnSync('cat', [file], { encoding: 'utf8' }).stdout;
  writeFileSync(file, change(text));
}

describe('has no answer when', () => {
  it.each(Object.keys(changes))('%s', async (what) => {
    await remember();
    expect(ask().status).toBe(0);
    changes[what]?.();
    expect(ask()).toMatchObject({ status: 1, stdout: '', stderr: '' });
  });
});

it('is not written by a look at what had just changed', async () => {
  await remember({ after: 0 });
  expect(readdirSync(folder)).not.toContain('state');
});
