import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Provenance } from '../../src/core/provenance/provenance.ts';
import { isSignedBy, readModule, splitSignature } from '../support/module-signature.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

const pin = '246810';
const tokenModule = '/usr/lib/softhsm/libsofthsm2.so';
const uri = 'pkcs11:token=mok;object=signing;type=private';
const certificate = '/etc/keys/token.der';
const environment = '/etc/dkms/signing-environment';

/** What brings OpenSSL to the token. SoftHSM, which uses OpenSSL itself, stalls where the provider loads it late. */
const opensslConf = `openssl_conf = start
[start]
providers = providers
[providers]
default = own
pkcs11 = token
[own]
activate = 1
[token]
pkcs11-module-path = ${tokenModule}
pkcs11-module-load-behavior = early
pkcs11-module-quirks = no-deinit no-operation-state
activate = 1
`;

const source = `#include <linux/module.h>
static int __init begin(void) { return 0; }
static void __exit end(void) {}
module_init(begin);
module_exit(end);
MODULE_LICENSE("GPL");
`;

/** One machine through its life, with the real sign-file of its kernel and a token in software. */
describe('a Debian whose key is not in a file of its own', () => {
  let root: TestRoot;
  let release: string;
  let signFile: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-signing-thin');
    await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
    await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
    release = (await root.list('/lib/modules')).find((name) => !name.includes('-rt-')) ?? '';
    const kbuild = (await root.list('/usr/lib')).find((name) => name.startsWith('linux-kbuild-'));
    signFile = `/usr/lib/${kbuild}/scripts/sign-file`;
    await root.write(
      '/usr/src/toy-1/dkms.conf',
      'PACKAGE_NAME=toy\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME=toy\nDEST_MODULE_LOCATION=/updates\n',
    );
    await root.write('/usr/src/toy-1/Makefile', 'obj-m := toy.o\n');
    await root.write('/usr/src/toy-1/toy.c', source);
    await root.run(['kmodsmith', 'add', 'toy/1']);
    await root.write('/etc/kmodsmith/policy.d/initramfs.toml', 'initramfs = "never"\n');
    await root.write('/etc/keys/openssl.cnf', opensslConf);
    await makeToken();
  });
  afterAll(() => root?.dispose());

  /** A key that never leaves the token, and a certificate of it. */
  async function makeToken(): Promise<void> {
    await root.run([
      'softhsm2-util',
      '--init-token',
      '--free',
      '--label',
      'mok',
      '--pin',
      pin,
      '--so-pin',
      '13579',
    ]);
    const login = ['--module', tokenModule, '--login', '--pin', pin, '--token-label', 'mok'];
    const pair = ['--keypairgen', '--key-type', 'rsa:2048', '--label', 'signing', '--id', '01'];
    await root.run(['pkcs11-tool', ...login, ...pair]);
    const request = [
      'req',
      '-new',
      '-x509',
      '-days',
      '9',
      '-subj',
      '/CN=key of the token/',
      '-outform',
      'DER',
    ];
    const files = ['-out', certificate, '-key', `${uri}?pin-value=${pin}`];
    await root.run(['openssl', ...request, ...files], { env: { OPENSSL_CONF: '/etc/keys/openssl.cnf' } });
  }

  const place = () => `/lib/modules/${release}/updates/dkms/toy.ko.xz`;
  const kmodsmith = (...argv: string[]) => root.run(['kmodsmith', ...argv], { allowFailure: true });
  const rebuild = () => kmodsmith('install', 'toy/1', '-k', release, '--rebuild');
  const record = async (): Promise<Provenance> =>
    JSON.parse(await root.read(`/var/lib/dkms/toy/1/${release}/x86_64/provenance.json`));
  const isSigned = async (by: string) =>
    isSignedBy(await readModule(root, place()), await root.readBytes(by));
  const framework = (key: string) =>
    root.write(
      '/etc/dkms/framework.conf',
      `mok_signing_key='${key}'\nmok_certificate=${certificate}\nbuild_environment=${environment}\n`,
    );
  const policy = (text: string) => root.write('/etc/kmodsmith/policy.d/sign.toml', text);

  describe('but in a token', () => {
    test.each([
      { where: 'in the URI', key: `${uri}?pin-value=${pin}`, exported: '' },
      { where: 'in KBUILD_SIGN_PIN', key: uri, exported: `export KBUILD_SIGN_PIN=${pin}\n` },
    ])('sign-file signs with it, the PIN $where', async ({ key, exported }) => {
      await framework(key);
      await root.write(environment, `export OPENSSL_CONF=/etc/keys/openssl.cnf\n${exported}`);
      const { exitCode, stderr, stdout } = await rebuild();
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('not be signed')]);
      expect(await isSigned(certificate)).toBe(true);
      const { stdout: signer } = await root.run(['modinfo', '-F', 'signer', place()]);
      expect(signer.trim()).toBe('key of the token');
      const { stdout: shown } = await kmodsmith('signing-key');
      expect(shown).toContain(uri);
      const kept = ['/var/lib/dkms/toy', '/var/lib/kmodsmith'];
      const { stdout: found } = await root.run(['grep', '-rl', pin, ...kept], { allowFailure: true });
      expect([found, `${stdout}${stderr}${shown}`.includes(pin)]).toEqual(['', false]);
      expect((await root.run(['find', '/run', '/tmp', '-name', 'pin'])).stdout).toBe('');
    });

    test('verify and doctor know whose signature it is, and that it is true', async () => {
      const { exitCode, stdout } = await kmodsmith('verify', 'toy');
      expect([exitCode, stdout]).toEqual([
        0,
        expect.stringContaining(`key of the token, true by ${certificate}`),
      ]);
      expect((await kmodsmith('doctor')).stdout).toContain(
        'signed by key of the token, the key of this machine',
      );
    });

    test('verify sees that a module was altered after it was signed', async () => {
      const good = await root.readBytes(place());
      const altered = Buffer.from(await readModule(root, place()));
      altered[altered.indexOf('license=GPL')] = 0x4c;
      await root.write(place(), altered);
      const { exitCode, stdout } = await kmodsmith('verify', 'toy');
      expect(exitCode).toBe(1);
      expect(stdout).toContain(`its signature does not hold against ${certificate}`);
      await root.write(place(), good);
    });

    test('a wrong PIN leaves the module unsigned, and is not told', async () => {
      await root.write(environment, 'export OPENSSL_CONF=/etc/keys/openssl.cnf KBUILD_SIGN_PIN=987654\n');
      const { exitCode, stderr } = await rebuild();
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining('toy.ko could not be signed: ')]);
      expect(stderr).not.toContain('987654');
      expect(splitSignature(await readModule(root, place()))).toBeUndefined();
    });
  });

  describe('but with a signer of its own', () => {
    const command = '/usr/local/sbin/sign-module';
    const own = '/home/signer/own.der';
    /** Only one user reads the key, and signs a copy of the module in a process of its own. */
    const honest = () => `#!/bin/sh
set -e
copy=$(runuser -u signer -- mktemp)
cat "$2" >"$copy"
runuser -u signer -- ${signFile} "$1" /home/signer/own.key ${own} "$copy"
cat "$copy" >"$2"
rm "$copy"
`;
    const use = (script: string) => root.write(command, script, 0o755);

    beforeAll(async () => {
      if (inject('testBedMissing') !== '') return;
      await root.run(['rm', '-f', '/etc/dkms/framework.conf']);
      await root.run(['useradd', '--create-home', 'signer']);
      const request = [
        'req',
        '-new',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '9',
        '-subj',
        '/CN=signer/',
      ];
      const files = ['-outform', 'DER', '-out', own, '-keyout', '/home/signer/own.key'];
      await root.run(['runuser', '-u', 'signer', '--', 'openssl', ...request, ...files]);
      await policy(`sign-command = "${command}"\nsign-timeout = 5\n`);
    });

    test('it is named with the file that asks for it while it is not there', async () => {
      const { stderr } = await rebuild();
      expect(stderr).toContain(`sign-command ${command} is not there`);
      expect(stderr).toContain('/etc/kmodsmith/policy.d/sign.toml:1');
      const { exitCode, stdout } = await kmodsmith('doctor');
      expect([exitCode, stdout]).toEqual([
        1,
        expect.stringContaining(`install ${command}, or correct sign-command`),
      ]);
    });

    test('it signs, and no key is made or needed', async () => {
      await use(honest());
      const { exitCode, stderr } = await rebuild();
      expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('signed')]);
      expect(await isSigned(own)).toBe(true);
      expect(await root.exists('/var/lib/dkms/mok.key')).toBe(false);
      expect((await record()).signing).toMatchObject({ command });
      expect((await kmodsmith('provenance', 'toy', '-k', release)).stdout).toContain(`by ${command}`);
      expect((await kmodsmith('signing-key')).stdout).toContain(
        `${release}: modules are signed by ${command}`,
      );
    });

    test.each([
      {
        what: 'alters the module',
        script: 'echo >>"$2"; "$0.honest" "$@"',
        why: 'sign-module altered the module itself',
      },
      { what: 'hangs', script: 'sleep 300', why: `${command} did not end within 5 s` },
      { what: 'refuses', script: 'echo the card is locked >&2; exit 1', why: 'the card is locked' },
    ])('one that $what is not believed, and the module stays as it was', async ({ script, why }) => {
      await root.write(`${command}.honest`, honest(), 0o755);
      await use(`#!/bin/sh\n${script}\n`);
      const { exitCode, stderr } = await rebuild();
      expect([exitCode, stderr]).toEqual([0, expect.stringContaining(`toy.ko could not be signed: ${why}`)]);
      const unsigned = await readModule(root, place());
      expect(splitSignature(unsigned)).toBeUndefined();
      await use(honest());
      await rebuild();
      expect(splitSignature(await readModule(root, place()))?.content.equals(unsigned)).toBe(true);
    });

    test('one that refuses fails the build where the policy requires a signature; the old one stays', async () => {
      await policy(`sign = "require"\nsign-command = "${command}"\n`);
      await use('#!/bin/sh\nexit 1\n');
      const before = await root.readBytes(place());
      const { exitCode, stderr, stdout } = await rebuild();
      expect([exitCode, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining('could not be signed')]);
      expect((await root.readBytes(place())).equals(before)).toBe(true);
      const { exitCode: verified } = await kmodsmith('verify', 'toy');
      expect(verified).toBe(0);
    });

    test('preflight foresees that there would be none', async () => {
      await root.run(['rm', command]);
      const headers = `/usr/src/linux-headers-${release}`;
      await root.run(['kmodsmith', 'remove', 'toy/1']);
      await root.run(['kmodsmith', 'add', 'toy/1']);
      await policy(`sign = "require"\nsign-command = "${command}"\nnew-kernel = "registered"\n`);
      const { stdout } = await kmodsmith('preflight', release, '--headers', headers);
      expect(stdout).toContain(`sign-command ${command} is not there`);
      expect(stdout).toContain('/etc/kmodsmith/policy.d/sign.toml:2');
    });
  });
});
