import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hookPaths as pacmanHooks, scriptPath } from '../../../src/adapters/pacman/names.ts';
import { hookProgramPath, pluginPaths } from '../../../src/adapters/rpm/names.ts';
import type { Diagnosis } from '../../../src/apply/doctor/diagnosis.ts';
import { examine } from '../../../src/apply/doctor/examine.ts';
import { rememberFailure } from '../../../src/core/build/failures.ts';
import { survey } from '../../../src/core/facts.ts';
import { makeKeyPair } from '../../../src/core/signing/mok.ts';
import { everything } from '../../../src/policy/scope.ts';
import { takeLock } from '../../../src/system/lock.ts';
import { execute } from '../../support/process.ts';
import { readerOf } from '../../support/reader-of.ts';
import { release, tree } from '../core/machine.ts';
import { moduleBytes, signed } from '../core/modules.ts';
import { type Installed, makeInstalled, other } from './installed.ts';

/** As makeInstalled, with everything that a doctor wants to see. */
async function makeHealthy(): Promise<Installed> {
  const machine = await makeInstalled();
  const { scratch } = machine;
  scratch.write('var/lib/dpkg/status', '');
  for (const entry of ['postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d'])
    scratch.write(`etc/kernel/${entry}/kmodsmith`, '#!/bin/sh\n', 0o755);
  const instead = readFileSync(
    join(import.meta.dirname, '../../../debian/kmodsmith-dkms.kernel-hook'),
    'utf8',
  );
  scratch.write('etc/kernel/prerm.d/dkms', instead, 0o755);
  // Nothing is to be built for it.
  for (const path of [`boot/vmlinuz-${other}`, `usr/src/linux-headers-${other}`, `lib/modules/${other}`])
    rmSync(join(scratch.path, path), { recursive: true });
  return machine;
}

const troubles = (found: readonly Diagnosis[]) =>
  found.filter(({ level, check }) => level === 'problem' && check !== 'space');

it('finds nothing where all is well', async () => {
  const { scratch } = await makeHealthy();
  const found = await examine(scratch.path);
  expect(troubles(found)).toEqual([]);
  expect([...new Set(found.map(({ check }) => check))]).toEqual([
    ...['system', 'policy', 'hooks', 'queue', 'failures', 'headers', 'toolchain', 'space', 'installed'],
    ...['secure-boot', 'key', 'signatures'],
  ]);
  expect(found[0]).toMatchObject({ level: 'ok', message: expect.stringMatching(/^this is an image /) });
});

it('says where the modules of a system of ostree come from', async () => {
  const { scratch } = await makeHealthy();
  scratch.write('run/ostree-booted', '');
  const [found] = await examine(scratch.path);
  expect(found).toMatchObject({ check: 'system', level: 'note' });
  expect(found?.next).toContain('kmodsmith install --root FOLDER');
});

describe('says what is wrong and what to type', () => {
  it.each<{
    what: string;
    breaks: (machine: Installed) => unknown;
    finds: Partial<Record<keyof Diagnosis, unknown>>;
  }>([
    {
      what: 'a mistake in a policy file',
      breaks: ({ scratch }) => scratch.write('etc/kmodsmith/policy.d/a.toml', 'refresh = "alwys"\n'),
      finds: {
        check: 'policy',
        next: expect.stringContaining('etc/kmodsmith/policy.d/a.toml, then: kmodsmith policy check'),
      },
    },
    {
      what: 'a mistake in framework.conf',
      breaks: ({ scratch }) => scratch.write('etc/dkms/framework.conf', 'exit 3\n'),
      finds: { check: 'framework' },
    },
    {
      what: 'a hook that is missing',
      breaks: ({ scratch }) => rmSync(join(scratch.path, 'etc/kernel/prerm.d/kmodsmith')),
      finds: { check: 'hooks', message: expect.stringContaining('prerm.d/kmodsmith') },
    },
    {
      what: 'a hook of pacman that is missing',
      breaks: ({ scratch }) => {
        scratch.write('var/lib/pacman/local/ALPM_DB_VERSION', '9\n');
        for (const path of pacmanHooks.slice(1)) scratch.write(path, '');
        scratch.write(scriptPath, '#!/bin/sh\n', 0o755);
      },
      finds: {
        check: 'hooks',
        message: expect.stringMatching(/cannot be executed: \S+\/70-kmodsmith-pre-install\.hook$/),
        next: expect.stringContaining('kmodsmith generate pacman toolkit'),
      },
    },
    {
      what: 'a hook of pacman that is switched off, where another is missing',
      breaks: ({ scratch }) => {
        scratch.write('var/lib/pacman/local/ALPM_DB_VERSION', '9\n');
        for (const path of pacmanHooks.slice(1)) scratch.write(path, '');
        scratch.write(scriptPath, '#!/bin/sh\n', 0o755);
        scratch.link('/dev/null', 'etc/pacman.d/hooks/71-kmodsmith.hook');
      },
      finds: {
        check: 'hooks',
        message: expect.stringMatching(
          /switched off by links .*\/etc\/pacman\.d\/hooks\/71-kmodsmith\.hook$/,
        ),
        next: expect.stringContaining('rm '),
      },
    },
    {
      what: 'a plugin that is switched off, on a system of rpm',
      breaks: ({ scratch }) => {
        rmSync(join(scratch.path, 'var/lib/dpkg/status'));
        scratch.write('var/lib/rpm/rpmdb.sqlite', '');
        for (const path of [hookProgramPath, ...Object.values(pluginPaths)])
          scratch.write(path, '#!/bin/sh\n', 0o755);
        scratch.link('/dev/null', 'etc/kernel/install.d/40-kmodsmith.install');
      },
      finds: {
        check: 'hooks',
        message: expect.stringMatching(
          /switched off by links .*\/etc\/kernel\/install\.d\/40-kmodsmith\.install$/,
        ),
      },
    },
    {
      what: "dkms's own hook",
      breaks: ({ scratch }) =>
        scratch.write(
          'etc/kernel/postinst.d/dkms',
          '#!/bin/sh\nexec /usr/lib/dkms/dkms_autoinstaller start "$1"\n',
          0o755,
        ),
      finds: { check: 'hooks', next: expect.stringContaining('rm ') },
    },
    {
      what: 'a failure that is remembered',
      breaks: async ({ layout, module, at }) => {
        const site = (await survey(readerOf(layout), everything)).site(module, release);
        await rememberFailure(layout, at, { summary: 'no\nluck', inputs: (await site?.digest()) ?? '' });
      },
      finds: { check: 'failures', message: `foo 1.0 for ${release} failed: no` },
    },
    {
      what: 'headers that are missing',
      breaks: ({ scratch }) => scratch.write('boot/vmlinuz-6.15.0-new', ''),
      finds: { check: 'headers', next: 'install linux-headers-6.15.0-new' },
    },
    {
      what: 'a compiler that is missing',
      breaks: ({ scratch }) =>
        scratch.write(
          `${tree}/.config`,
          'CONFIG_MODULES=y\nCONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-99 (D) 99.1"\n',
        ),
      finds: { check: 'toolchain', next: 'install gcc-99' },
    },
    {
      what: 'an installed file that is gone',
      breaks: ({ installed }) => rmSync(installed),
      finds: { check: 'installed', next: expect.stringContaining('kmodsmith repair') },
    },
    {
      what: 'a source that is gone',
      breaks: ({ scratch }) => rmSync(join(scratch.path, 'usr/src/foo-1.0'), { recursive: true }),
      finds: { check: 'installed', next: expect.stringContaining('kmodsmith remove foo/1.0') },
    },
    {
      what: 'Secure Boot and no key',
      breaks: switchOn,
      finds: { check: 'key', next: 'kmodsmith signing-key --generate' },
    },
    {
      what: 'Secure Boot and an unsigned module',
      breaks: switchOn,
      finds: { check: 'signatures', next: `kmodsmith install foo/1.0 -k ${release} --rebuild` },
    },
    {
      what: 'a sign-command that is not there',
      breaks: ({ scratch }) =>
        scratch.write('etc/kmodsmith/policy.d/a.toml', '\nsign-command = "/opt/sign"\n'),
      finds: {
        check: 'key',
        message: expect.stringMatching(/\/opt\/sign \(.*a\.toml:2\), which is not there/),
        next: expect.stringMatching(/^install \/opt\/sign, or correct sign-command in .*a\.toml:2$/),
      },
    },
    {
      what: 'a sign-command of one module that cannot be executed',
      breaks: ({ scratch }) => {
        scratch.write('opt/sign', '', 0o644);
        scratch.write('etc/kmodsmith/policy.d/a.toml', '[module.foo]\nsign-command = "/opt/sign"\n');
      },
      finds: { check: 'key', message: expect.stringContaining('foo is signed by /opt/sign') },
    },
    {
      what: 'a damaged signature, which no kernel takes',
      breaks: ({ installed }) => writeFileSync(installed, signed(moduleBytes(), Buffer.from('12345'))),
      finds: { check: 'signatures', message: expect.stringContaining('a signature that is damaged') },
    },
    {
      what: 'lockdown and an unsigned module',
      breaks: ({ scratch }) =>
        scratch.write('sys/kernel/security/lockdown', 'none [integrity] confidentiality\n'),
      finds: { check: 'signatures' },
    },
  ])('$what', async ({ breaks, finds }) => {
    const machine = await makeHealthy();
    if (finds.check === 'headers') machine.scratch.folder('lib/modules/6.15.0-new');
    await breaks(machine);
    const found = troubles(await examine(machine.scratch.path));
    expect(found).toContainEqual(expect.objectContaining({ ...finds, level: 'problem' }));
    for (const one of found) expect(one.next ?? '').not.toBe('');
  });
});

it('says that nothing is signed where the kernel wants it and the policy does not', async () => {
  const { scratch } = await makeHealthy();
  scratch.write('etc/kmodsmith/policy.d/a.toml', 'sign = "off"\n');
  const notes = async () =>
    (await examine(scratch.path)).filter(({ check, level }) => check === 'key' && level === 'note');
  expect(await notes()).toEqual([]);
  switchOn({ scratch });
  expect(await notes()).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("sign = 'off'") }),
  );
});

it('does not judge what another engine has in its hands', async () => {
  const { scratch, layout, installed } = await makeHealthy();
  rmSync(installed);
  await using _lock = await takeLock(layout.lock, 0);
  const found = await examine(scratch.path);
  expect(troubles(found)).toEqual([]);
  expect(found).toContainEqual(expect.objectContaining({ check: 'installed', level: 'note' }));
});

const efivars = 'sys/firmware/efi/efivars';
const shim = '605dab50-e046-4300-abb6-3dd810dd8b23';

function switchOn(
  { scratch }: Pick<Installed, 'scratch'>,
  name = 'SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
) {
  scratch.write(`${efivars}/${name}`, Buffer.from([6, 0, 0, 0, 1]));
}

/** The list of machine owner keys as shim shows it: one list of one hash, one of one certificate. */
function enrol({ scratch }: Installed, der: Uint8Array): void {
  const list = (type: string, data: Uint8Array) => {
    const head = Buffer.alloc(28 + 16);
    head.write(type, 'hex');
    head.writeUInt32LE(head.length + data.length, 16);
    head.writeUInt32LE(16 + data.length, 24);
    return Buffer.concat([head, data]);
  };
  const hash = list('2616c4c14c509240aca941f936934328', Buffer.alloc(32));
  const certificate = list('a159c0a5e494a74a87b5ab155c2bf072', der);
  scratch.write(`${efivars}/MokListRT-${shim}`, Buffer.concat([Buffer.alloc(4), hash, certificate]));
}

describe('the key', () => {
  async function makeSigned() {
    const machine = await makeHealthy();
    const { scratch, layout, installed } = machine;
    const pair = { key: join(layout.dkmsTree, 'mok.key'), certificate: join(layout.dkmsTree, 'mok.pub') };
    await makeKeyPair({ ...pair, maker: 'openssl' }, { layout, environment: {} });
    const module = scratch.write('plain.ko', moduleBytes());
    const pem = scratch.write(
      'certificate.pem',
      new X509Certificate(readFileSync(pair.certificate)).toString(),
    );
    const signing = ['cms', '-sign', '-binary', '-noattr', '-nocerts', '-nosmimecap', '-md', 'sha256'];
    const files = ['-outform', 'DER', '-signer', pem, '-inkey', pair.key, '-in', module];
    const { stdout } = await execute(['openssl', ...signing, ...files]);
    const header = Buffer.alloc(12);
    header[2] = 2;
    header.writeUInt32BE(stdout.length, 8);
    const bytes = Buffer.concat([
      moduleBytes(),
      stdout,
      header,
      Buffer.from('~Module signature appended~\n'),
    ]);
    writeFileSync(installed, bytes);
    writeFileSync(join(machine.result, 'module/foo.ko.xz'), bytes);
    switchOn(machine);
    return { ...machine, pair, der: readFileSync(pair.certificate) };
  }

  it('that is not enrolled under Secure Boot has to be', async () => {
    const { scratch, pair } = await makeSigned();
    const found = troubles(await examine(scratch.path));
    expect(found).toMatchObject([
      { check: 'key', next: expect.stringContaining(`mokutil --import ${pair.certificate}`) },
    ]);
  });

  it('that is enrolled is fine, and so is what it signed', async () => {
    const machine = await makeSigned();
    enrol(machine, machine.der);
    const found = await examine(machine.scratch.path);
    expect(troubles(found)).toEqual([]);
    expect(found.find(({ check }) => check === 'key')?.message).toMatch(/ is enrolled$/);
    const said = found.filter(({ check }) => check === 'signatures').map(({ message }) => message);
    expect(said).toEqual([
      expect.stringMatching(
        /^one installed module is signed by DKMS module signing key, the key of this machine: /,
      ),
    ]);
  });

  it('is not what counts where a sign-command has its own; its certificate does, if it is known', async () => {
    const machine = await makeSigned();
    const { scratch, pair } = machine;
    const program = scratch.write('opt/sign', '', 0o755).slice(scratch.path.length);
    const policy = scratch.write('etc/kmodsmith/policy.d/a.toml', `sign-command = "${program}"\n`);
    enrol(machine, machine.der);
    rmSync(pair.key);
    const keys = async () => (await examine(scratch.path)).filter(({ check }) => check === 'key');
    expect(await keys()).toMatchObject([
      { level: 'ok', message: `modules are signed by /opt/sign (sign-command, set in ${policy}:1)` },
      { level: 'ok', message: expect.stringMatching(/mok\.pub .* is enrolled$/) },
    ]);
    rmSync(pair.certificate);
    expect(await keys()).toMatchObject([
      { level: 'ok' },
      { level: 'note', next: expect.stringContaining('mok_certificate') },
    ]);
  });

  it('shows when what it signed was altered since', async () => {
    const machine = await makeSigned();
    enrol(machine, machine.der);
    const bytes = readFileSync(machine.installed);
    bytes[bytes.indexOf('license')] = 0x4c;
    writeFileSync(machine.installed, bytes);
    expect(troubles(await examine(machine.scratch.path))).toContainEqual(
      expect.objectContaining({
        check: 'signatures',
        message: expect.stringMatching(/not what was signed by .*: the signature does not hold: /),
        next: expect.stringContaining('--rebuild'),
      }),
    );
  });

  it('need not be enrolled where shim checks nothing', async () => {
    const machine = await makeSigned();
    switchOn(machine, `MokSBStateRT-${shim}`);
    expect(troubles(await examine(machine.scratch.path))).toEqual([]);
  });
});
