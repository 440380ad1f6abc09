import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHookCall } from '../../src/adapters/hook-call.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const release = '6.12.1-toy';
const queue = 'var/lib/kmodsmith/queue';

/** Its source and a kernel, as packages bring them. */
function placeToy(): void {
  const names = 'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=toy\n';
  root.write('usr/src/toy-1.0/dkms.conf', `${names}DEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes\n`);
  root.write(`boot/vmlinuz-${release}`, '');
  mkdirSync(join(root.path, 'lib/modules', release), { recursive: true });
}

function registerToy(): void {
  placeToy();
  root.kmodsmith('add', 'toy/1.0');
}

const queued = () => readdirSync(join(root.path, queue)).sort();

describe('add', () => {
  it('registers a folder by copying it to where dkms looks, and again changes nothing', () => {
    registerToy();
    root.write('srv/other/dkms.conf', 'PACKAGE_NAME=other\nPACKAGE_VERSION=2\nDEST_MODULE_LOCATION=/extra\n');
    root.write('srv/other/other.c', 'int x;');
    expect(root.kmodsmith('add', join(root.path, 'srv/other'))).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(root.path, 'usr/src/other-2/dkms.conf'))).toBe(true);
    const before = root.snapshot();
    expect(root.kmodsmith('add', 'other/2')).toMatchObject({ status: 0 });
    expect(root.snapshot()).toEqual(before);
    expect(root.kmodsmith('add', join(root.path, 'srv/other'))).toMatchObject({ status: 0 });
    expect(root.snapshot()).toEqual(before);
    root.write('srv/other/other.c', 'int changed;');
    const again = root.kmodsmith('add', join(root.path, 'srv/other'));
    expect(again).toMatchObject({ status: 4, stderr: expect.stringContaining('holds another source') });
    expect(root.snapshot()).toEqual({ ...before, '/srv/other/other.c': 'int changed;' });
  });
});

describe('plan and status', () => {
  it('answer in JSON, with a version and the reasons', () => {
    registerToy();
    const plan = JSON.parse(root.kmodsmith('plan', '--json').stdout);
    expect(plan).toEqual({
      version: 1,
      actions: [],
      skipped: [
        { module: { name: 'toy', version: '1.0' }, kernel: release, because: { code: 'headers-missing' } },
      ],
    });
    const status = JSON.parse(root.kmodsmith('status', '--json').stdout);
    expect(status).toMatchObject({ version: 1, modules: [{ name: 'toy', registered: true }], queued: [] });
    expect(status.waiting).toEqual(plan.skipped);
  });

  it('see everything, also while something is queued', () => {
    registerToy();
    root.write(`${queue}/call.abc`, callOf('postinst.d', '6.13.0-other'));
    expect(root.kmodsmith('status').stdout).toContain(
      `toy 1.0, ${release}: waiting for the kernel's headers`,
    );
    expect(root.kmodsmith('status').stdout).toContain('queued: image install 6.13.0-other');
  });
});

describe('generate', () => {
  it('writes the files with their modes', () => {
    const folder = join(root.path, 'out');
    expect(root.kmodsmith('generate', 'dpkg', 'toolkit', '--output', folder)).toMatchObject({ status: 0 });
    const hook = join(folder, 'etc/kernel/header_postinst.d/kmodsmith');
    expect(statSync(hook).mode & 0o777).toBe(0o755);
    expect(readFileSync(hook, 'utf8')).toMatch(/^#!\/bin\/sh\n/);
    expect(readFileSync(join(folder, 'DEBIAN/triggers'), 'utf8')).toContain('interest-noawait kmodsmith');
  });

  it('prints one text as it is, and says where it belongs', () => {
    const page = root.kmodsmith('generate', 'man', 'dkms.8');
    expect(page).toMatchObject({ status: 0, stdout: expect.stringContaining('.TH DKMS 8'), stderr: '' });
    const argv = ['generate', 'completion', 'zsh', '--for', 'dkms'];
    const path = 'usr/share/zsh/vendor-completions/_dkms';
    const { files } = JSON.parse(root.kmodsmith(...argv, '--json').stdout);
    expect(files).toMatchObject([{ path, mode: 0o644, content: expect.stringMatching(/^#compdef dkms\n/) }]);
    const folder = join(root.path, 'out');
    expect(root.kmodsmith(...argv, '-o', folder).stdout).toBe(`${join(folder, path)}\n`);
    expect(readFileSync(join(folder, path), 'utf8')).toBe(files[0].content);
  });

  it("writes the scripts of a module's package, and tells when they are out of date", () => {
    root.write('srv/debian/control', 'Source: toy\n\nPackage: toy-dkms\nArchitecture: all\n');
    root.write('srv/debian/changelog', 'toy (1:1.5-2) unstable; urgency=low\n');
    root.write('srv/dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION="#MODULE_VERSION#"\n');
    const source = join(root.path, 'srv');
    const argv = ['generate', 'dpkg', 'module', '--source', source];
    const check = () => root.kmodsmith(...argv, '--check', '--lint');
    expect(check()).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('debian/toy-dkms.postrm is not'),
    });
    expect(root.kmodsmith(...argv, '--output', source)).toMatchObject({ status: 0 });
    expect(check()).toMatchObject({ status: 0, stdout: '' });
    const postinst = join(source, 'debian/toy-dkms.postinst');
    expect(readFileSync(postinst, 'utf8')).toMatch(
      /^#!\/bin\/sh\nset -e\n.* 'toy' '1.5' .*\n#DEBHELPER#\n$/s,
    );
    root.write('srv/debian/toy-dkms.postinst', 'exit 0\n');
    expect(check()).toMatchObject({ status: 1, stdout: `${postinst} is not what would be written now\n` });
    expect(readFileSync(postinst, 'utf8')).toBe('exit 0\n');
    const found = JSON.parse(root.kmodsmith(...argv, '--form', 'snippet', '--json').stdout);
    expect(found).toMatchObject({
      package: 'toy-dkms',
      module: { name: 'toy', version: '1.5' },
      conf: 'dkms.conf',
    });
    expect(found.files[0].path).toBe('debian/toy-dkms.postinst.kmodsmith');
  });

  it("writes the hooks of pacman's packages, by the .SRCINFO where the PKGBUILD cannot be run", () => {
    root.write('srv/PKGBUILD', 'exit 1\n');
    root.write('srv/.SRCINFO', 'pkgbase = toy\n\tpkgver = 1.5\n\npkgname = toy\n\npkgname = toy-dkms\n');
    const source = join(root.path, 'srv');
    const argv = ['generate', 'pacman', 'module', '--source', source];
    expect(root.kmodsmith(...argv, '--check')).toMatchObject({ status: 1 });
    expect(root.kmodsmith(...argv, '--output', source)).toMatchObject({ status: 0 });
    expect(root.kmodsmith(...argv, '--check', '--lint')).toMatchObject({ status: 0, stdout: '' });
    const script = readFileSync(join(source, 'usr/share/libalpm/scripts/kmodsmith-toy-dkms'), 'utf8');
    expect(script).toContain("'module:toy/1.5' |");
    const kernel = ['generate', 'pacman', 'kernel', '--package', 'linux-toy-headers'];
    const { files } = JSON.parse(root.kmodsmith(...kernel, '--release', '6.1-toy', '--json').stdout);
    expect(files.at(-1).content).toContain("'headers:6.1-toy' |");
    expect(root.kmodsmith(...kernel)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--release'),
    });
  });

  it("takes what a kernel's package holds from its name, or is told", () => {
    const generate = (...words: string[]) => {
      const { files } = JSON.parse(root.kmodsmith('generate', 'dpkg', 'kernel', '--json', ...words).stdout);
      return files[0] as { path: string; content: string };
    };
    const byName = generate('--package', 'linux-headers-6.12.1+toy');
    expect(byName).toMatchObject({ path: 'debian/linux-headers-6.12.1+toy.postinst' });
    expect(byName.content).toContain("kmodsmith_tell 'header_postinst.d' '6.12.1+toy'\n");
    const told = generate('--package', 'my-kernel', '--part', 'image', '--release', '6.12.1_My');
    expect(told.content).toContain("kmodsmith_tell 'postinst.d' '6.12.1_My'\n");
  });

  it.each([
    ['--package', 'toolkit', '--package', 'toy-dkms'],
    ['--release', 'module', '--release', '6.1'],
    ['--source', 'kernel', '--source', '.'],
    ['--form', 'toolkit', '--form', 'snippet'],
    ['--package', 'kernel'],
    ['--release', 'kernel', '--package', 'my-kernel'],
  ])('refuses what cannot be meant, and names %s', (named, ...words) => {
    const result = root.kmodsmith('generate', 'dpkg', ...words);
    expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining(named) });
  });

  it('writes all manual pages', () => {
    const folder = join(root.path, 'out');
    expect(root.kmodsmith('generate', 'man', '--output', folder)).toMatchObject({ status: 0 });
    expect(readdirSync(join(folder, 'usr/share/man/man8')).sort()).toEqual(['dkms.8', 'kmodsmith.8']);
    expect(readdirSync(join(folder, 'usr/share/man/man5'))).toEqual(['dkms.conf.5']);
  });
});

describe('hook', () => {
  it('applies what is queued together with its own call, and forgets both', () => {
    registerToy();
    root.write(`${queue}/call.abc`, callOf('postinst.d', release));
    const result = root.hook({ DEB_MAINT_PARAMS: 'configure ' }, 'dpkg', 'header_postinst.d', release);
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr).toContain("waiting for the kernel's headers");
    expect(queued()).toEqual([]);
  });

  it("does what a module's package asks for at once, and leaves other calls to the end of the transaction", () => {
    placeToy();
    root.write(`${queue}/call.abc`, callOf('postinst.d', release));
    const words = ['toy', '1.0', 'postinst', 'configure', ''];
    const result = root.hook({ DPKG_MAINTSCRIPT_PACKAGE: 'toy-dkms' }, 'dpkg', 'module', ...words);
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr).toContain("waiting for the kernel's headers");
    expect(JSON.parse(root.kmodsmith('status', '--json').stdout).modules).toMatchObject([
      { name: 'toy', version: '1.0', registered: true },
    ]);
    expect(queued()).toEqual(['call.abc']);
  });

  it('leaves no trace of a call that means nothing', () => {
    registerToy();
    const before = root.snapshot();
    expect(root.hook({ DEB_MAINT_PARAMS: 'upgrade 2' }, 'dpkg', 'prerm.d', release)).toMatchObject({
      status: 0,
    });
    expect(root.snapshot()).toEqual(before);
  });

  it('sets rubbish in the queue aside and says so', () => {
    registerToy();
    root.write(`${queue}/call.rubbish`, 'not a call');
    const { status, stderr } = root.hook({}, 'dpkg', 'header_postinst.d', release);
    expect(status).toBe(0);
    expect(stderr).toContain('call.rubbish');
    expect(queued()).toEqual(['rejected-call.rubbish']);
  });
});

describe('two engines', () => {
  it('the second says that it waits, and goes on when the first is done', async () => {
    registerToy();
    const lock = join(root.path, 'var/lib/kmodsmith/lock');
    const first = spawn('flock', [lock, 'sh', '-c', 'echo held; sleep 3'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(first.stdout, 'data');
    expect(root.kmodsmith('run', '--all')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('waiting for another kmodsmith'),
    });
  });
});

function callOf(entry: string, kernel: string): string {
  const env = { DEB_MAINT_PARAMS: 'configure ' };
  return new TextDecoder().decode(encodeHookCall({ adapter: 'dpkg', entry, args: [kernel], env, at: 0 }));
}
