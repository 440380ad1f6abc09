import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import lock from '../../../package-lock.json';

const root = join(import.meta.dirname, '../../..');

interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** The names of https://spdx.org/licenses that DEP-5 calls otherwise. */
const debianNames: Readonly<Record<string, string>> = { MIT: 'Expat', 'GPL-3.0-or-later': 'GPL-3+' };

/** What goes into the programs, by its place in the source package, with its license. */
function vendored(): [string, string][] {
  const packages: Readonly<Record<string, LockedPackage>> = lock.packages;
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path, { license = '' }]) => [
      path.replace('node_modules', 'node-modules'),
      debianNames[license] ?? license,
    ]);
}

const paragraphs = readFileSync(join(root, 'debian/copyright'), 'utf8').split('\n\n');

/** The license that debian/copyright gives the files of each folder. */
const stated = paragraphs.flatMap((paragraph) => {
  const [, files = ''] = /^Files: ((?:.*\n)(?: .*\n)*)/.exec(paragraph) ?? [];
  const [, license = ''] = /^License: (.*)$/m.exec(paragraph) ?? [];
  return files
    .split(/\s+/)
    .filter((pattern) => pattern.startsWith('node-modules/'))
    .map((pattern): [string, string] => [pattern.replace(/\/\*$/, ''), license]);
});

/** What a package brings along has its license, unless something else is said. */
function licenseOf(path: string): string | undefined {
  const above = stated.filter(([folder]) => path === folder || path.startsWith(`${folder}/`));
  return above.sort(([a], [b]) => b.length - a.length)[0]?.[1];
}

it('says of every vendored package what license it has, and of nothing else', () => {
  expect(vendored().map(([path]) => [path, licenseOf(path)])).toEqual(vendored());
  const paths = new Set(vendored().map(([path]) => path));
  expect(stated.filter(([folder]) => !paths.has(folder))).toEqual([]);
});

it('has the text of each license', () => {
  const texts = paragraphs.flatMap((paragraph) => /^License: (.*)\n /.exec(paragraph)?.[1] ?? []);
  expect(texts.sort()).toEqual([...new Set(['GPL-3+', ...stated.map(([, license]) => license)])].sort());
});
