import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSpecModule, readSpecRelease } from '../../../src/core/spec-source.ts';
import { KmodsmithError } from '../../../src/errors.ts';

let source: string;
beforeEach(() => {
  source = mkdtempSync(join(tmpdir(), 'kmodsmith-spec-'));
});
afterEach(() => rmSync(source, { recursive: true }));

const write = (path: string, content: string) => writeFileSync(join(source, path), content);

const writeSpec = (more = '', files = '/usr/share/toy') =>
  write(
    'toy.spec',
    `Name: toy-dkms
Version: 1.5
Release: 2
Summary: toy
License: GPL
BuildArch: noarch
%description
toy
${more}
%files
%defattr(-,root,root)
%dir ${files}
`,
  );

const failure = (wish: Partial<Parameters<typeof findSpecModule>[0]> = {}) =>
  findSpecModule({ source, ...wish }).then(
    () => undefined,
    (error: unknown) => (error instanceof KmodsmithError ? { code: error.code, hint: error.hint } : error),
  );

it('is what somebody says, without looking', async () => {
  const module = { name: 'kite', version: '2' };
  const told = { source: '/nowhere', package: 'kite-dkms', module };
  expect(await findSpecModule(told)).toEqual({ package: 'kite-dkms', module });
});

it('has to have one spec', async () => {
  expect(await failure()).toMatchObject({ code: 'SPEC_INVALID', hint: expect.stringContaining('--source') });
  writeSpec();
  write('other.spec', '');
  expect(await failure()).toMatchObject({ code: 'SPEC_INVALID' });
});

const missing = spawnSync('rpmspec', ['--version'], { stdio: 'ignore' }).error !== undefined;
if (missing) process.stderr.write('unit: rpmspec is not installed; no spec is read\n');

describe.skipIf(missing && !process.env['CI'])('by rpmspec', () => {
  it('is called as the package is, where nothing else says it', async () => {
    writeSpec();
    const found = { package: 'toy-dkms', module: { name: 'toy', version: '1.5' } };
    expect(await findSpecModule({ source })).toEqual(found);
    expect(await findSpecModule({ source: join(source, 'toy.spec') })).toEqual(found);
  });

  it.each([
    ['/usr/src/toy-1.5.git7', { name: 'toy', version: '1.5.git7' }],
    ['%{_usrsrc}/big-kite-%{version}', { name: 'big-kite', version: '1.5' }],
    ['/usr/src/kite-2', { name: 'toy', version: '1.5' }],
  ])('is what the folder of the source says: %s', async (folder, module) => {
    writeSpec('%global _usrsrc /usr/src', folder);
    expect(await findSpecModule({ source })).toEqual({ package: 'toy-dkms', module });
  });

  it.each([
    ['PACKAGE_NAME=kite\nPACKAGE_VERSION=2.0\n', { name: 'kite', version: '2.0' }],
    ['PACKAGE_NAME="@NAME@"\nPACKAGE_VERSION=#MODULE_VERSION#\n', { name: 'toy', version: '1.5' }],
  ])('is what a dkms.conf beside it says: %j', async (conf, module) => {
    writeSpec();
    write('dkms.conf', conf);
    expect(await findSpecModule({ source })).toEqual({ package: 'toy-dkms', module, conf: 'dkms.conf' });
  });

  it('has to be told where it could be several', async () => {
    writeSpec('%package -n kite-dkms\nSummary: kite\n%description -n kite-dkms\nkite\n%files -n kite-dkms\n');
    expect(await failure()).toMatchObject({ code: 'PACKAGE_UNKNOWN' });
    expect(await findSpecModule({ source, package: 'kite-dkms' })).toMatchObject({
      module: { name: 'kite', version: '1.5' },
    });
    expect(await failure({ package: 'other' })).toMatchObject({ code: 'PACKAGE_UNKNOWN' });
  });

  it('says what rpm minds', async () => {
    write('toy.spec', 'Name: toy\n');
    expect(await failure()).toMatchObject({ code: 'SPEC_INVALID' });
  });

  it('tells the release of a kernel', async () => {
    writeSpec();
    expect(await readSpecRelease(source, 'toy-dkms')).toBe('1.5-2.noarch');
  });
});
