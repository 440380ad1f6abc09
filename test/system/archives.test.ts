import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { machine } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { tarBytes } from '../support/tar.ts';

let root: ScratchRoot;
let other: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
  other = makeScratchRoot();
  const conf =
    'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=toy\nDEST_MODULE_LOCATION=/updates\n';
  root.write('usr/src/toy-1.0/dkms.conf', conf);
  root.write('usr/src/toy-1.0/toy.c', 'int x;\n');
  root.write(`var/lib/dkms/toy/1.0/${release}/${arch}/module/toy.ko`, 'built');
  root.kmodsmith('add', 'toy/1.0');
});
afterEach(() => {
  root[Symbol.dispose]();
  other[Symbol.dispose]();
});

const release = '6.12.1-toy';
const arch = machine();
const tarball = () => join(root.path, 'toy.tar.zst');

describe('export and import', () => {
  it('carry a module from one system to another, in words and in JSON', () => {
    const said = root.kmodsmith('export', 'toy/1.0', '-o', 'toy.tar.zst', '--json');
    expect(JSON.parse(said.stdout)).toEqual({
      version: 1,
      dryRun: false,
      module: { name: 'toy', version: '1.0' },
      file: tarball(),
      content: 'all',
      kernels: [{ release, arch }],
    });
    const loaded = other.kmodsmith('import', tarball());
    expect(loaded).toMatchObject({ status: 0, stderr: '' });
    expect(loaded.stdout).toContain(`toy 1.0: build loaded for ${release} (${arch})`);
    expect(other.kmodsmith('status').stdout).toContain(release);
    const again = other.kmodsmith('import', tarball());
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('registered already') });
    const forced = JSON.parse(other.kmodsmith('import', tarball(), '--force', '--json').stdout);
    expect(forced).toMatchObject({
      version: 1,
      registered: true,
      source: { state: 'same' },
      builds: [{ release, arch, state: 'replaced' }],
    });
  });

  it('say with --dry-run what they would do, and do nothing', () => {
    const before = root.snapshot();
    const said = root.kmodsmith('export', 'toy/1.0', '--dry-run', '-o', 'toy.tar.zst').stdout;
    expect(said).toContain(`would write its source, the build for ${release} (${arch}) to ${tarball()}`);
    expect(root.snapshot()).toEqual(before);
    root.kmodsmith('export', 'toy/1.0', '-o', 'toy.tar.zst');
    const found = other.kmodsmith('import', tarball(), '--dry-run', '--json');
    expect(JSON.parse(found.stdout)).toMatchObject({ dryRun: true, source: { state: 'copied' } });
    expect(other.snapshot()).toEqual({});
  });

  it('carry the source alone, or builds without it', () => {
    root.kmodsmith('export', 'toy/1.0', '--source-only');
    const own = join(root.path, 'var/lib/dkms/toy/1.0/tarball');
    expect(readdirSync(own)).toEqual(['toy-1.0-source-only.dkms.tar.gz']);
    root.kmodsmith('export', 'toy/1.0', '--binaries-only', '-k', release, '-o', 'toy.tar.zst');
    expect(other.kmodsmith('import', tarball())).toMatchObject({ status: 0 });
    expect(readdirSync(join(other.path, 'usr/src/toy-1.0'))).toEqual(['dkms.conf']);
    expect(other.kmodsmith('status').stdout).toContain(`toy 1.0, ${release}`);
    expect(other.kmodsmith('remove', 'toy/1.0')).toMatchObject({ status: 0 });
    expect(existsSync(join(other.path, 'var/lib/dkms/toy'))).toBe(false);
  });

  it('refuse what cannot be done, and say what to do next', () => {
    const both = root.kmodsmith('export', 'toy/1.0', '--source-only', '--binaries-only');
    expect(both).toMatchObject({ status: 2, stderr: expect.stringContaining('exclude each other') });
    const unbuilt = root.kmodsmith('export', 'toy/1.0', '-k', '6.13');
    expect(unbuilt).toMatchObject({ status: 1, stderr: expect.stringContaining('not built for 6.13') });
    const unknown = root.kmodsmith('export', 'other/1.0');
    expect(unknown).toMatchObject({ status: 4, stderr: expect.stringContaining('not registered') });
    const missing = other.kmodsmith('import', '/no/such.tar');
    expect(missing).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no archive '/no/such.tar'"),
    });
    expect(other.snapshot()).toEqual({});
  });

  it('do nothing with an archive that leads out of its folder', () => {
    writeFileSync(tarball(), tarBytes([{ name: 'dkms.conf' }, { name: 'up/../../evil', content: 'evil' }]));
    const refused = other.kmodsmith('import', tarball());
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('"up/../../evil"') });
    expect(other.snapshot()).toEqual({});
    expect(readFileSync(tarball())).toHaveLength(2560);
    expect(spawnSync('tar', ['-tf', tarball(), '-P'], { encoding: 'utf8' }).stdout).toContain(
      'up/../../evil',
    );
  });
});
