import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSameBody, readModuleFile } from '../../../src/core/install/module-file.ts';
import {
  compareModules,
  findObjection,
  listKernelObjects,
} from '../../../src/core/install/module-version.ts';
import { execute } from '../../support/process.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { makeMachine, release } from './machine.ts';
import { compressed, moduleBytes, signed } from './modules.ts';

async function read(bytes: Uint8Array, name = 'foo.ko') {
  return readModuleFile(makeScratchFolder().write(name, bytes));
}

describe('the module that is there already', () => {
  it.each([
    { there: { version: '2.0' }, ours: { version: '1.0' }, says: 'newer' },
    { there: { version: '1.10' }, ours: { version: '1.9' }, says: 'newer' },
    { there: { version: '1.0' }, ours: { version: '2.0' }, says: undefined },
    { there: { version: '1.0' }, ours: { version: '1.0-rc1' }, says: undefined },
    { there: { version: '1.0' }, ours: {}, says: 'newer' },
    { there: {}, ours: { version: '1.0' }, says: undefined },
    {
      there: { version: '1.0', srcversion: 'A' },
      ours: { version: '1.0', srcversion: 'B' },
      says: undefined,
    },
    { there: { version: '1.0', srcversion: 'A' }, ours: { version: '1.0', srcversion: 'A' }, says: 'same' },
    { there: { version: '1.0 A' }, ours: { version: '1.0 B' }, says: undefined },
    { there: { version: '1.0 A' }, ours: { version: '1.0', srcversion: 'A' }, says: 'same' },
    { there: { version: '1.0' }, ours: { version: '1.0', code: 'other' }, says: 'same' },
    { there: { srcversion: 'A' }, ours: { srcversion: 'A', code: 'other' }, says: 'same' },
    { there: { srcversion: 'A' }, ours: { srcversion: 'B' }, says: undefined },
    { there: {}, ours: {}, says: 'same' },
    { there: {}, ours: { code: 'other' }, says: undefined },
  ])('$there against $ours: $says', async ({ there, ours, says }) => {
    expect(compareModules(await read(moduleBytes(there)), await read(moduleBytes(ours)))).toBe(says);
  });

  it('is asked, every one of its name', async () => {
    const scratch = makeScratchFolder();
    const old = scratch.write('a/foo.ko', moduleBytes({ version: '0.9' }));
    const newer = scratch.write('b/foo.ko.xz', compressed(moduleBytes({ version: '3.0' }), '.xz'));
    const own = await read(moduleBytes({ version: '1.0' }));
    expect(await findObjection(own, [old, `${scratch.path}/gone.ko`, newer])).toEqual({
      because: 'newer',
      found: newer,
      foundVersion: '3.0',
      version: '1.0',
    });
    expect(await findObjection(own, [old])).toBeUndefined();
  });
});

describe('a kernel object', () => {
  it.each(['.gz', '.xz', '.zst'] as const)('is the same compressed (%s) and signed', async (suffix) => {
    const plain = moduleBytes({ version: '1.0 ABC' });
    const file = await read(compressed(signed(plain), suffix), `foo.ko${suffix}`);
    expect(file.stamp).toEqual({ version: '1.0', checksum: 'ABC' });
    expect(isSameBody(file, await read(plain))).toBe(true);
    expect(isSameBody(file, await read(moduleBytes({ version: '1.0 ABD' })))).toBe(false);
  });

  it.each([
    { what: 'a damaged archive', name: 'foo.ko.xz', bytes: Buffer.from('\xfd7zXZ\0rubbish', 'latin1') },
    { what: 'a text', name: 'foo.ko', bytes: Buffer.from('text') },
    { what: 'a signature longer than the file', name: 'foo.ko', bytes: signed(Buffer.from('')).subarray(1) },
    { what: 'nothing', name: 'foo.ko', bytes: Buffer.from('') },
  ])('may be $what', async ({ name, bytes }) => {
    const file = await read(bytes, name);
    expect(file.stamp).toBeUndefined();
  });

  it('says of itself what modinfo(8) reads, as gcc lays it out', async () => {
    const scratch = makeScratchFolder();
    const info = (text: string, index: number) =>
      `static const char i${index}[] __attribute__((used, section(".modinfo"))) = "${text}";\n`;
    const source = ['version=1.2.3', 'srcversion=0123ABCD', 'license=GPL'].map(info).join('');
    scratch.write('foo.c', source);
    const path = `${scratch.path}/foo.ko`;
    await execute(['gcc', '-c', '-o', path, `${scratch.path}/foo.c`]);
    await execute(['xz', path]);
    const modinfo = async (field: string) =>
      (await execute(['modinfo', '-F', field, `${path}.xz`])).stdout.toString().trim();
    const { stamp } = await readModuleFile(`${path}.xz`);
    expect(stamp).toEqual({ version: await modinfo('version'), checksum: await modinfo('srcversion') });
    expect(stamp?.version).toBe('1.2.3');
  });
});

it('the objects of a name are found wherever they are, links left out', async () => {
  const { layout, scratch } = makeMachine();
  const folder = `lib/modules/${release}`;
  for (const name of ['updates/foo.ko', 'kernel/a/foo.ko.zst', 'kernel/foo_bar.ko', 'kernel/foo.ko.bak'])
    scratch.write(`${folder}/${name}`, '');
  symlinkSync('foo.ko', `${scratch.path}/${folder}/updates/foo.ko.xz`);
  const found = await listKernelObjects(layout, release, ['foo', 'none']);
  const paths = ['kernel/a/foo.ko.zst', 'updates/foo.ko'].map((name) => `${scratch.path}/${folder}/${name}`);
  expect(Object.fromEntries(found)).toEqual({ foo: paths, none: [] });
});
