import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insideRoot, resolveInRoot } from '../../../src/system/root.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

describe('resolveInRoot', () => {
  it.each([
    { path: '/a/b', target: '/a/b' },
    { path: '/missing/deep', target: '/missing/deep' },
    { path: '/absolute/x', target: '/real/x' },
    { path: '/relative/x', target: '/real/x' },
    { path: '/a/up/x', target: '/real/x' },
    { path: '/chain', target: '/real' },
    { path: '/climbing/x', target: '/etc/x' },
    { path: '/../../etc', target: '/etc' },
    { path: '/real/../a', target: '/a' },
    // The parent of where the link leads, as for the kernel; not the folder that holds the link.
    { path: '/deep/../x', target: '/real/x' },
    { path: '/through', target: '/real/other' },
    { path: '//a/./b/', target: '/a/b' },
    { path: '/', target: '' },
  ])('$path is $target', async ({ path, target }) => {
    const scratch = makeScratchFolder();
    scratch.folder('real/deep');
    scratch.folder('a');
    scratch.link('/real', 'absolute');
    scratch.link('real', 'relative');
    scratch.link('../absolute', 'a/up');
    scratch.link('a/up', 'chain');
    scratch.link('../../../../../../etc', 'climbing');
    scratch.link('/real/deep', 'deep');
    scratch.link('deep/../other', 'through');
    expect(await resolveInRoot(scratch.path, path)).toBe(
      target === '' ? `${scratch.path}/` : `${scratch.path}${target}`,
    );
  });

  it('ends on a loop', async () => {
    const scratch = makeScratchFolder();
    scratch.link('b', 'a');
    scratch.link('a', 'b');
    expect(await resolveInRoot(scratch.path, '/a/x')).toMatch(new RegExp(`^${scratch.path}/[ab]`));
  });

  it('follows the links of the host itself where the root is /', async () => {
    const scratch = makeScratchFolder();
    scratch.link(`${scratch.path}/there`, 'link');
    expect(await resolveInRoot('/', `${scratch.path}/link/x`)).toBe(`${scratch.path}/there/x`);
  });

  it('never leaves the root, whatever links say', async () => {
    const word = fc.constantFrom('a', 'b', 'c', '..', '.', '');
    const path = fc
      .tuple(fc.constantFrom('', '/', '../../../'), fc.array(word, { maxLength: 5 }))
      .map(([start, words]) => `${start}${words.join('/')}` || '.');
    const links = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b'), path, {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(links, path, async (made, asked) => {
        const scratch = makeScratchFolder();
        const root = scratch.folder('root');
        for (const [name, target] of Object.entries(made)) scratch.link(target, `root/${name}`);
        const found = await resolveInRoot(root, asked);
        expect(`${found}/`.startsWith(`${root}/`)).toBe(true);
        expect(found.split('/')).not.toContain('..');
      }),
      { numRuns: 150 },
    );
  });
});

it.each([
  { root: '/', path: '/a/b', inside: '/a/b' },
  { root: '/r', path: '/r/a', inside: '/a' },
  { root: '/r', path: '/r/..a', inside: '/..a' },
  { root: '/r', path: '/elsewhere', inside: '/elsewhere' },
  { root: '/r', path: '/rest', inside: '/rest' },
  { root: '/r', path: '/r', inside: '/r' },
])('$path in $root is $inside', ({ root, path, inside }) => expect(insideRoot(root, path)).toBe(inside));
