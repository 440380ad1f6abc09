import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { readCorpus } from '../support/corpus.ts';
import { installDropIn } from '../support/drop-in.ts';
import { isSignedBy, readModule, splitSignature } from '../support/module-signature.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

const key = '/var/lib/dkms/mok.key';
const certificate = '/var/lib/dkms/mok.pub';

/** One system through its life. */
describe('the drop-in signs', () => {
  let root: TestRoot;
  let build: readonly string[];
  let modulePath: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    root = await openRoot('trixie-corpus-thin');
    await installDropIn(root);
    const { packages, kernels } = await readCorpus(root);
    const { name = '', moduleVersion = '' } = packages['acpi-call-dkms'] ?? {};
    build = ['dkms', 'build', `${name}/${moduleVersion}`, '-k', kernels['6.12'], '--force'];
    modulePath = `/var/lib/dkms/${name}/${moduleVersion}/${kernels['6.12']}/x86_64/module/acpi_call.ko.xz`;
  });
  afterAll(() => root?.dispose());

  const modeAndTime = async () =>
    (await root.run(['stat', '--format=%n %a %y', key, certificate])).stdout.split('\n').slice(0, 2);

  test('nothing in a chroot, and makes no key there', async () => {
    const { stdout } = await root.run(build, { enter: 'chroot' });
    expect(stdout).toContain('this is a chroot');
    expect(splitSignature(await readModule(root, modulePath))).toBeUndefined();
    expect(await root.exists(key)).toBe(false);
  });

  test('no key comes of generate_mok without openssl, and it says what to install', async () => {
    await root.run(['mv', '/usr/bin/openssl', '/usr/bin/openssl.away']);
    const { exitCode, stderr } = await root.run(['dkms', 'generate_mok'], { allowFailure: true });
    await root.run(['mv', '/usr/bin/openssl.away', '/usr/bin/openssl']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('openssl is not installed');
    expect(stderr).toContain('Install openssl');
    expect(await root.exists(key)).toBe(false);
  });

  test('a build, with a pair that it makes when it is first needed', async () => {
    const { stdout } = await root.run(build);
    expect(stdout).toContain(`${key} and ${certificate}`);
    expect((await modeAndTime()).map((line) => line.split(' ')[1])).toEqual(['600', '644']);
    const module = await readModule(root, modulePath);
    expect(await isSignedBy(module, await root.readBytes(certificate))).toBe(true);
    const { stdout: signer } = await root.run(['modinfo', '-F', 'signer', modulePath]);
    expect(signer.trim()).toBe('DKMS module signing key');
  });

  test('with that pair ever after: generate_mok leaves it alone', async () => {
    const before = await modeAndTime();
    const { exitCode, stdout } = await root.run(['dkms', 'generate_mok']);
    expect([exitCode, await modeAndTime()]).toEqual([0, before]);
    expect(stdout).toContain(certificate);
  });

  test('not when framework.conf forbids it', async () => {
    await root.write('/etc/dkms/framework.conf', 'try_sign_modules=false\n');
    await root.run(build);
    expect(splitSignature(await readModule(root, modulePath))).toBeUndefined();
    await root.run(['rm', '/etc/dkms/framework.conf']);
  });

  test("with the pair of Ubuntu's own tool where there is one", async () => {
    const script = `echo "$@" >>/srv/calls
[ "$1" = --new-key ] || exit 0
cd /var/lib/shim-signed/mok && [ ! -e MOK.der ] || exit 1
cp ${key} MOK.priv && cp ${certificate} MOK.der`;
    await root.write('/usr/sbin/update-secureboot-policy', `#!/bin/sh\n${script}\n`, 0o755);
    await root.write('/var/lib/shim-signed/mok/MOK.der', 'without a key');
    await root.run(['sed', '-i', 's/^ID=.*/ID=ubuntu/', '/etc/os-release']);
    const { stdout } = await root.run(['dkms', 'generate_mok']);
    expect(stdout).toContain('/var/lib/shim-signed/mok/MOK.priv');
    expect(await root.read('/srv/calls')).toBe('--new-key\n--enroll-key\n');
    expect(await root.list('/var/lib/shim-signed/mok')).toEqual([
      'MOK.der',
      expect.stringMatching(/^MOK\.der\.old-/),
      'MOK.priv',
    ]);
  });
});
