import { expect, it } from 'vitest';
import { readContained } from '../../../src/system/contained.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

function open() {
  const scratch = makeScratchFolder();
  scratch.write('outside', 'secret');
  scratch.write('build/plain', 'content');
  const read = (path: string, limit = 100) => readContained(`${scratch.path}/build`, path, limit);
  return { scratch, read };
}

it('reads what is there, by links inside of the folder too', async () => {
  const { scratch, read } = open();
  scratch.write('build/deep/down', 'here');
  scratch.link('deep', 'build/aside');
  scratch.link('aside/down', 'build/link');
  expect((await read('plain'))?.toString()).toBe('content');
  expect((await read('link'))?.toString()).toBe('here');
  expect(await read('nowhere')).toBeUndefined();
  scratch.link('nowhere', 'build/dangling');
  expect(await read('dangling')).toBeUndefined();
});

it('reads by a path of the folder that is a link itself', async () => {
  const { scratch } = open();
  scratch.link('build', 'alias');
  expect((await readContained(`${scratch.path}/alias`, 'plain', 100))?.toString()).toBe('content');
});

it.each([
  ['a link out', 'out', '../outside'],
  ['an absolute link out', 'out', '/etc/passwd'],
  ['the folder itself', 'out', '.'],
])('refuses %s', async (_, path, target) => {
  const { scratch, read } = open();
  scratch.link(target, `build/${path}`);
  await expect(read(path)).rejects.toThrow('it leads out of the build folder');
});

it('refuses what is below a folder that leads out, and a way up', async () => {
  const { scratch, read } = open();
  scratch.link('..', 'build/up');
  await expect(read('up/outside')).rejects.toThrow('it leads out');
  await expect(read('../outside')).rejects.toThrow('it leads out');
});

it('neither waits for a fifo nor reads more than it shall', async () => {
  const { scratch, read } = open();
  scratch.fifo('build/fifo');
  scratch.write('build/folder/file', 'x');
  await expect(read('fifo')).rejects.toThrow('it is no regular file');
  await expect(read('folder')).rejects.toThrow('it is no regular file');
  await expect(read('plain', 6)).rejects.toThrow('it has more than 6 bytes');
  expect((await read('plain', 7))?.length).toBe(7);
});
