import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPackagedModule } from '../../../src/core/debian-source.ts';
import { KmodsmithError } from '../../../src/errors.ts';

let source: string;
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'kmodsmith source '));
  write('debian/changelog', 'toy (1:1.5~rc1-2) unstable; urgency=low\n');
});
afterEach(() => rmSync(source, { recursive: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(source, path)), { recursive: true });
  writeFileSync(join(source, path), content);
}

function control(...packages: string[]): void {
  const paragraphs = packages.map((name) => `\npackage: ${name}\nArchitecture: all\n`);
  write('debian/control', `Source: toy\n${paragraphs.join('')}`);
}

const conf = (version: string, name = 'toy') => `PACKAGE_NAME="${name}"\nPACKAGE_VERSION="${version}"\n`;

const code = (wish: Partial<Parameters<typeof findPackagedModule>[0]> = {}) =>
  findPackagedModule({ source, ...wish }).then(
    () => 'none',
    (error: unknown) => (error instanceof KmodsmithError ? error.code : error),
  );

describe('the module', () => {
  beforeEach(() => control('toy-dkms'));

  it.each(['#MODULE_VERSION#', '#PACKAGE_VERSION#', '#VERSION#', '@VERSION@', '@PACKAGE_VERSION@'])(
    'has the upstream version of the changelog for %s',
    async (placeholder) => {
      write('debian/toy-dkms.dkms', conf(placeholder));
      expect(await findPackagedModule({ source })).toEqual({
        package: 'toy-dkms',
        module: { name: 'toy', version: '1.5~rc1' },
        conf: 'debian/toy-dkms.dkms',
      });
    },
  );

  it('has the version that its dkms.conf says, also by a shell', async () => {
    write('dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION=$(echo 3.$((1 + 1)))\n');
    expect(await findPackagedModule({ source })).toMatchObject({
      module: { name: 'toy', version: '3.2' },
      conf: 'dkms.conf',
    });
  });

  it('is that of the file that a line in debian/ names', async () => {
    write('debian/dkms', '# upstream has it\nkernel/dkms.conf\n');
    write('kernel/dkms.conf', conf('2'));
    write('dkms.conf', conf('9'));
    expect(await findPackagedModule({ source })).toMatchObject({
      module: { name: 'toy', version: '2' },
      conf: 'kernel/dkms.conf',
    });
  });

  it('is what somebody says it is, without any dkms.conf', async () => {
    const module = { name: 'other', version: '7' };
    expect(await findPackagedModule({ source, module })).toEqual({ package: 'toy-dkms', module });
  });

  it.each([
    ['no dkms.conf', 'CONF_MISSING', () => {}],
    ['a dkms.conf without a version', 'CONF_INVALID', () => write('dkms.conf', 'PACKAGE_NAME=toy\n')],
    ['a version that is none', 'CONF_INVALID', () => write('dkms.conf', conf('../1'))],
    [
      'a placeholder without a changelog',
      'CONTROL_INVALID',
      () => [write('dkms.conf', conf('#MODULE_VERSION#')), write('debian/changelog', '')],
    ],
    ['a named file that is not there', 'CONF_MISSING', () => write('debian/dkms', 'nowhere/dkms.conf\n')],
  ] as const)('cannot be told from %s: %s', async (_what, expected, prepare) => {
    prepare();
    expect(await code()).toBe(expected);
  });
});

describe('the package', () => {
  beforeEach(() => write('dkms.conf', conf('1')));

  it.each([
    [['toy'], [], 'toy'],
    [['toy', 'toy-dkms'], [], 'toy-dkms'],
    [['toy-dkms', 'toy-source'], ['toy-source'], 'toy-source'],
    [['a-dkms', 'b-dkms'], ['b-dkms'], 'b-dkms'],
  ])('of %j, of which %j have a dkms.conf, is %s', async (packages, withConf, expected) => {
    control(...packages);
    for (const name of withConf) write(`debian/${name}.dkms`, conf('1'));
    expect((await findPackagedModule({ source })).package).toBe(expected);
  });

  it.each([
    [['one', 'two'], []],
    [['a-dkms', 'b-dkms'], []],
    [
      ['one', 'two', 'c-dkms'],
      ['one', 'two'],
    ],
  ])('of %j, of which %j have a dkms.conf, has to be named', async (packages, withConf) => {
    control(...packages);
    for (const name of withConf) write(`debian/${name}.dkms`, conf('1', name));
    expect(await code()).toBe('PACKAGE_UNKNOWN');
    expect(await findPackagedModule({ source, package: 'b-dkms' }).catch(() => undefined)).toEqual(
      packages.includes('b-dkms') ? expect.objectContaining({ package: 'b-dkms' }) : undefined,
    );
  });

  it('has to be in debian/control', async () => {
    control('toy-dkms');
    expect(await code({ package: 'tyo-dkms' })).toBe('PACKAGE_UNKNOWN');
  });

  it.each([
    ['is not there', undefined],
    ['has no package', 'Source: toy\n'],
    ['has a package that is none', 'Source: toy\n\nPackage: ../toy\n'],
    ['has a line that nobody understands', 'Source: toy\n\nPackage: toy\nnonsense\n'],
  ])('cannot be told when debian/control %s', async (_what, text) => {
    if (text !== undefined) write('debian/control', text);
    expect(await code()).toBe('CONTROL_INVALID');
  });
});
