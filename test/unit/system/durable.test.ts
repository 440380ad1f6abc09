import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { bundleScript } from '../../support/script.ts';

/** Tells what becomes of the disk in which order; Node's own promises are what the sources call. */
const recorder = `
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
const said = [];
const { open, rename, rm } = fs;
fs.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  const sync = handle.sync.bind(handle);
  handle.sync = async () => { said.push('sync ' + path); await sync(); };
  return handle;
};
fs.rename = async (from, to) => { said.push('rename ' + to); await rename(from, to); };
fs.rm = async (path, options) => { said.push('remove ' + path); await rm(path, options); };
syncBuiltinESMExports();
const [, , staging, result] = process.argv;
await swapIntoPlace(staging, result);
process.stdout.write(JSON.stringify(said));
`;

it('a result is on the disk before it has its name, and has it there before the earlier one goes', async () => {
  const scratch = makeScratchFolder();
  scratch.write('k/.tmp_x/module/new.ko', 'new');
  scratch.write('k/x/module/old.ko', 'old');
  const script = await bundleScript(scratch.write('script.mjs', ''), {
    imports: { 'src/core/build/swap.ts': '{ swapIntoPlace }' },
    code: recorder,
  });
  const folder = `${scratch.path}/k`;
  const { stdout } = spawnSync(process.execPath, [script, `${folder}/.tmp_x`, `${folder}/x`], {
    encoding: 'utf8',
  });
  const said = (JSON.parse(stdout) as string[]).map((line) => line.replace(folder, 'k'));
  expect(new Set(said.slice(1, 4))).toEqual(
    new Set(['sync k/.tmp_x/module/new.ko', 'sync k/.tmp_x/module', 'sync k/.tmp_x']),
  );
  expect(said.slice(4)).toEqual(['rename k/.old_x', 'rename k/x', 'sync k', 'remove k/.old_x']);
  expect(readdirSync(`${folder}/x/module`)).toEqual(['new.ko']);
});
