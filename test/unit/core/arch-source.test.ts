import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPkgbuildModule } from '../../../src/core/arch-source.ts';
import { KmodsmithError } from '../../../src/errors.ts';

// That a PKGBUILD is run by makepkg is seen in test/system/arch-packages.test.ts; here nobody can run it.
let source: string;
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'kmodsmith-pkgbuild-'));
  write('PKGBUILD', 'exit 1\n');
});
afterEach(() => rmSync(source, { recursive: true }));

const write = (path: string, content: string) => writeFileSync(join(source, path), content);

const srcinfo = (...packages: string[]) =>
  write(
    '.SRCINFO',
    `pkgbase = toy\n\tpkgver = 1.5\n${packages.map((name) => `\npkgname = ${name}\n`).join('')}`,
  );

const failure = (wish: Partial<Parameters<typeof findPkgbuildModule>[0]> = {}) =>
  findPkgbuildModule({ source, ...wish }).then(
    () => undefined,
    (error: unknown) => (error instanceof KmodsmithError ? { code: error.code, hint: error.hint } : error),
  );

it('is called as the package is, where nothing else says it', async () => {
  srcinfo('toy', 'toy-dkms-git');
  const found = { package: 'toy-dkms-git', module: { name: 'toy', version: '1.5' } };
  expect(await findPkgbuildModule({ source })).toEqual(found);
});

it.each([
  ['PACKAGE_NAME=kite\nPACKAGE_VERSION=2.0\n', { name: 'kite', version: '2.0' }],
  ['PACKAGE_NAME="@_PKGBASE@"\nPACKAGE_VERSION="@PKGVER@"\n', { name: 'toy', version: '1.5' }],
  ['PACKAGE_NAME=kite\nPACKAGE_VERSION=#MODULE_VERSION#\n', { name: 'kite', version: '1.5' }],
])('is what a dkms.conf beside it says: %j', async (conf, module) => {
  srcinfo('toy-dkms');
  write('dkms.conf', conf);
  expect(await findPkgbuildModule({ source })).toEqual({ package: 'toy-dkms', module, conf: 'dkms.conf' });
});

it('is what somebody says, without looking', async () => {
  const module = { name: 'kite', version: '2' };
  const told = { source: '/nowhere', package: 'kite-dkms', module };
  expect(await findPkgbuildModule(told)).toEqual({ package: 'kite-dkms', module });
});

it('has to be told where it could be several, or nobody says', async () => {
  srcinfo('toy', 'kite');
  expect(await failure()).toMatchObject({
    code: 'PACKAGE_UNKNOWN',
    hint: expect.stringContaining('--package'),
  });
  expect(await failure({ package: 'other' })).toMatchObject({ code: 'PACKAGE_UNKNOWN' });
  rmSync(join(source, '.SRCINFO'));
  expect(await failure()).toMatchObject({
    code: 'PKGBUILD_INVALID',
    hint: expect.stringContaining('.SRCINFO'),
  });
  rmSync(join(source, 'PKGBUILD'));
  expect(await failure()).toMatchObject({
    code: 'PKGBUILD_INVALID',
    hint: expect.stringContaining('--source'),
  });
});

it('is refused where a dkms.conf names none', async () => {
  srcinfo('toy-dkms');
  write('dkms.conf', 'PACKAGE_NAME=a/b\nPACKAGE_VERSION=1\n');
  expect(await failure()).toMatchObject({ code: 'CONF_INVALID', hint: expect.stringContaining('--module') });
});
