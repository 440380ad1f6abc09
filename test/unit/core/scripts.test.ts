import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findScript, runScript } from '../../../src/core/build/scripts.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

/** Writes its folder, arguments and some variables into `said` of the scratch folder. */
const teller = (scratch: ScratchFolder, first = '#!/bin/sh') =>
  `${first}\n{ pwd; for word; do echo "<$word>"; done; echo "$module-$GIVEN-$HOME"; } > ${scratch.path}/said\nexit 4\n`;

const search = (scratch: ScratchFolder, directive: string) => ({
  layout: layoutOf(scratch.path),
  module: 'foo',
  name: 'POST_ADD' as const,
  directive,
  folder: `${scratch.path}/source`,
});

describe('finding', () => {
  it("an admin's script wins over the package's", async () => {
    const scratch = makeScratchFolder();
    scratch.write('source/x.sh', '', 0o755);
    expect(await findScript(search(scratch, ' x.sh a  b '))).toEqual({
      name: 'POST_ADD',
      folder: `${scratch.path}/source`,
      command: `${scratch.path}/source/x.sh a  b`,
      program: `${scratch.path}/source/x.sh`,
      words: ' a  b',
    });
    scratch.write('etc/dkms/foo/x.sh', '', 0o755);
    scratch.write('etc/dkms/bar/y.sh', '', 0o755);
    expect((await findScript(search(scratch, 'x.sh a')))?.folder).toBe(`${scratch.path}/etc/dkms/foo`);
    expect(await findScript(search(scratch, 'y.sh'))).toBeUndefined();
  });

  it("an admin's script that cannot be executed does not hide the package's", async () => {
    const scratch = makeScratchFolder();
    scratch.write('etc/dkms/foo/sub/x.sh', '', 0o644);
    scratch.write('source/sub/x.sh', '', 0o755);
    expect((await findScript(search(scratch, 'sub/x.sh')))?.folder).toBe(`${scratch.path}/source`);
  });

  it.each<{ what: string; make: (scratch: ScratchFolder) => void }>([
    { what: 'missing', make: () => undefined },
    { what: 'not executable', make: (scratch) => scratch.write('source/x.sh', '', 0o644) },
    { what: 'a folder', make: (scratch) => scratch.folder('source/x.sh') },
    { what: 'a dangling link', make: (scratch) => scratch.link('nowhere', 'source/x.sh') },
    { what: 'a FIFO', make: (scratch) => scratch.fifo('source/x.sh') },
  ])('a script that is $what is none', async ({ make }) => {
    const scratch = makeScratchFolder();
    make(scratch);
    expect(await findScript(search(scratch, 'x.sh'))).toBeUndefined();
  });
});

describe('running', () => {
  async function run(directive: string, text = teller, folder = 'source') {
    const scratch = makeScratchFolder();
    scratch.write(`${folder}/x.sh`, text(scratch), 0o755);
    const script = await findScript({ ...search(scratch, directive), folder: `${scratch.path}/${folder}` });
    if (script === undefined) throw new Error('the script of the test is not there');
    const status = await runScript(script, { env: { GIVEN: 'yes' } });
    const said = readFileSync(`${scratch.path}/said`, 'utf8').replaceAll(scratch.path, 'ROOT');
    return { status, said: said.trim().split('\n') };
  }

  it('in its folder, with its words, an environment of ours, and its own status', async () => {
    expect(await run('x.sh 6.12  x86_64')).toEqual({
      status: 4,
      said: ['ROOT/source', '<6.12>', '<x86_64>', '-yes-'],
    });
  });

  it('quotes and variables reach it as they are, patterns as what they match', async () => {
    const { said } = await run(`x.sh 'a b' "$HOME" *.sh no* $(id) ; exit`);
    const words = ["<'a>", "<b'>", '<"$HOME">', '<x.sh>', '<no*>', '<$(id)>', '<;>', '<exit>'];
    expect(said.slice(1, -1)).toEqual(words);
  });

  it('also below a folder with a blank', async () => {
    expect(await run('x.sh a', teller, 'my source')).toMatchObject({
      status: 4,
      said: ['ROOT/my source', '<a>', '-yes-'],
    });
  });

  it('also without naming its shell, as from the command line', async () => {
    expect(await run('x.sh a', (scratch) => teller(scratch, ''))).toMatchObject({ status: 4 });
  });

  it.each([
    { what: 'a signal', text: '#!/bin/sh\nkill -TERM $$\n', status: 143 },
    { what: 'a shell that is not there', text: '#!/no/such/shell\n', status: 127 },
    { what: 'rubbish', text: '\u007fELF\0\0', status: 126 },
  ])('ends with $what: a status, not an exception', async ({ text, status }) => {
    const scratch = makeScratchFolder();
    scratch.write('source/x.sh', text, 0o755);
    const script = await findScript(search(scratch, 'x.sh'));
    expect(script && (await runScript(script, {}))).toBe(status);
  });
});
