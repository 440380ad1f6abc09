import { readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  copyAtomically,
  isExecutable,
  kindOf,
  linkAtomically,
  listFolder,
  pruneEmptyFolders,
  readLimited,
  readTextIfPresent,
  writeAtomically,
} from '../../../src/system/files.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

describe('writeAtomically', () => {
  it('makes the folders, sets the mode whatever the umask says, and replaces', async () => {
    const { path } = makeScratchFolder();
    const umask = process.umask(0o077);
    try {
      await writeAtomically(`${path}/a/b`, 'old', 0o644);
      await writeAtomically(`${path}/a/b`, 'new', 0o644);
    } finally {
      process.umask(umask);
    }
    expect(readFileSync(`${path}/a/b`, 'utf8')).toBe('new');
    expect(statSync(`${path}/a/b`).mode & 0o777).toBe(0o644);
    expect(readdirSync(`${path}/a`)).toEqual(['b']);
  });

  it('leaves neither a temporary file nor a change when it fails', async () => {
    const scratch = makeScratchFolder();
    scratch.write('target/keep', 'kept');
    await expect(writeAtomically(`${scratch.path}/target`, 'x')).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
    await expect(copyAtomically('/no-such-file', `${scratch.path}/copy`)).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
    expect(readdirSync(scratch.path)).toEqual(['target']);
    expect(readFileSync(`${scratch.path}/target/keep`, 'utf8')).toBe('kept');
  });

  it('replaces a link, not what it leads to', async () => {
    const scratch = makeScratchFolder();
    scratch.write('there', 'untouched');
    scratch.link('there', 'link');
    await writeAtomically(`${scratch.path}/link`, 'own');
    expect(readFileSync(`${scratch.path}/there`, 'utf8')).toBe('untouched');
    expect(readFileSync(`${scratch.path}/link`, 'utf8')).toBe('own');
  });
});

it('linkAtomically replaces a dangling link', async () => {
  const scratch = makeScratchFolder();
  scratch.link('nowhere', 'link');
  await linkAtomically('1.0/k/a', `${scratch.path}/link`);
  expect(readlinkSync(`${scratch.path}/link`)).toBe('1.0/k/a');
});

it('pruneEmptyFolders goes up to the first folder in use, never to its stop', async () => {
  const scratch = makeScratchFolder();
  scratch.folder('stop/a/b/c');
  scratch.write('stop/a/used', '');
  await pruneEmptyFolders(`${scratch.path}/stop/a/b/c`, `${scratch.path}/stop`);
  expect(readdirSync(`${scratch.path}/stop/a`)).toEqual(['used']);
  scratch.folder('stop/x/y');
  await pruneEmptyFolders(`${scratch.path}/stop/x/y`, `${scratch.path}/stop`);
  await pruneEmptyFolders(scratch.folder('elsewhere'), `${scratch.path}/stop`);
  expect(readdirSync(scratch.path)).toEqual(['elsewhere', 'stop']);
  expect(readdirSync(`${scratch.path}/stop`)).toEqual(['a']);
  scratch.folder('stop/z');
  await pruneEmptyFolders(`${scratch.path}/stop/z/gone/long/ago`, `${scratch.path}/stop`);
  expect(readdirSync(`${scratch.path}/stop`)).toEqual(['a']);
});

it('a folder is no program, even for root', async () => {
  const scratch = makeScratchFolder();
  expect(await isExecutable(scratch.folder('gcc'))).toBe(false);
  expect(await isExecutable(scratch.write('plain', '', 0o644))).toBe(false);
  expect(await isExecutable(scratch.write('program', '', 0o755))).toBe(true);
  expect(await isExecutable('/no-such-file')).toBe(false);
});

it('readLimited reads regular files up to the limit and waits for nobody', async () => {
  const scratch = makeScratchFolder();
  scratch.fifo('fifo');
  expect(await readLimited(`${scratch.path}/fifo`, 10)).toBe('other');
  expect(await readLimited(scratch.path, 10)).toBe('folder');
  expect(await readLimited(scratch.write('big', 'x'.repeat(11)), 10)).toBe('large');
  expect(String(await readLimited(scratch.write('fits', 'y'.repeat(10)), 10))).toBe('y'.repeat(10));
  await expect(readLimited(`${scratch.path}/none`, 10)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('what is not there is empty, other trouble is thrown', async () => {
  const scratch = makeScratchFolder();
  const file = scratch.write('file', 'text');
  expect(await readTextIfPresent(`${scratch.path}/none`)).toBeUndefined();
  expect(await readTextIfPresent(`${file}/below`)).toBeUndefined();
  await expect(readTextIfPresent(scratch.path)).rejects.toMatchObject({
    code: 'READ_FAILED',
    message: `${scratch.path} cannot be read: it is a folder`,
  });
  for (const path of [scratch.fifo('fifo'), '/dev/zero', scratch.link('loop', 'loop')])
    await expect(readTextIfPresent(path)).rejects.toMatchObject({ code: 'READ_FAILED' });
  await expect(listFolder(`${scratch.path}/loop`)).rejects.toMatchObject({ code: 'READ_FAILED' });
  for (const name of ['fifo', 'loop']) rmSync(`${scratch.path}/${name}`);
  expect(await listFolder(`${scratch.path}/none`)).toEqual([]);
  scratch.write('Z', '');
  scratch.write('a', '');
  expect((await listFolder(scratch.path)).map(({ name }) => name)).toEqual(['Z', 'a', 'file']);
});

it('kindOf looks through links', async () => {
  const scratch = makeScratchFolder();
  scratch.write('file', '');
  scratch.link('file', 'link');
  symlinkSync('nowhere', `${scratch.path}/dangling`);
  const kinds = ['file', 'link', '.', 'dangling', 'none'].map((name) => kindOf(`${scratch.path}/${name}`));
  expect(await Promise.all(kinds)).toEqual(['file', 'file', 'folder', 'missing', 'missing']);
  expect(await kindOf('/dev/null')).toBe('other');
});
