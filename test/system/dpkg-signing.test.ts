import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { makeKeyPair } from '../../src/core/signing/mok.ts';
import { findKeyPair } from '../../src/core/signing/signing-keys.ts';
import { detectDistribution } from '../../src/distros/index.ts';
import { type DebianMachine, installedPath, openMachine, readBuild } from '../support/debian-machine.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { isSignedBy, readModule, splitSignature } from '../support/module-signature.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { makeScratchFolder } from '../support/scratch-folder.ts';

beforeEach(requireTestBed);

const key = '/var/lib/dkms/mok.key';
const certificate = '/var/lib/dkms/mok.pub';

/** One machine through its life, with the real sign-file of its kernel's headers. */
describe('v4l2loopback on a Debian that gets a key to sign with', () => {
  let machine: DebianMachine;
  let kernel: TestKernel;
  let hash: string;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    machine = await openMachine('trixie-kernels-thin');
    kernel = machine.kernels[0] as TestKernel;
    await installHeaders(machine.root, kernel);
    const config = await machine.root.read(`/usr/src/${kernel.headers}/.config`);
    hash = /^CONFIG_MODULE_SIG_HASH="(.*)"$/m.exec(config)?.[1] ?? '';
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());

  const path = () => installedPath(machine, kernel);
  const rebuild = () => {
    const { name, version } = machine.module;
    return machine.root.run([
      'kmodsmith',
      'install',
      `${name}/${version}`,
      '-k',
      kernel.release,
      '--rebuild',
    ]);
  };
  const modinfo = async (field: string) =>
    (await machine.root.run(['modinfo', '-F', field, path()])).stdout.trim();

  test('without a pair modules are not signed, no key is made, and the build says why', async () => {
    expect(splitSignature(await readModule(machine.root, path()))).toBeUndefined();
    expect(await machine.root.exists(key)).toBe(false);
    const { signing, outputs } = await readBuild(machine, kernel);
    expect(signing).toEqual({ because: `${key} and ${certificate} are missing` });
    expect(outputs).toMatchObject([{ name: 'v4l2loopback.ko.xz', signed: false }]);
  });

  test('with one they are, by the hash of the kernel, and the signature holds', async () => {
    await copyPair(machine);
    const { stderr } = await rebuild();
    expect(stderr).not.toContain('could not be signed');
    expect([await modinfo('signer'), await modinfo('sig_hashalgo')]).toEqual([
      'DKMS module signing key',
      hash,
    ]);
    const [module, der] = [await readModule(machine.root, path()), await machine.root.readBytes(certificate)];
    expect(await isSignedBy(module, der)).toBe(true);
    const altered = Buffer.from(module);
    altered[1000] = (module[1000] ?? 0) ^ 1;
    expect(await isSignedBy(altered, der)).toBe(false);
    const { signing, outputs } = await readBuild(machine, kernel);
    const certificateSha256 = createHash('sha256').update(der).digest('hex');
    expect(signing).toEqual({ hash, certificate, certificateSha256 });
    expect(outputs).toMatchObject([{ signed: true }]);
  });

  test('another pair makes no build stale', async () => {
    await copyPair(machine);
    expect((await machine.root.run(['kmodsmith', 'plan'])).stdout).toContain('Nothing to do.');
  });

  test('a tool that fails leaves the module unsigned and whole, and says so', async () => {
    await machine.root.write('/opt/sign', '#!/bin/sh\n: >"$4"\necho "no entropy" >&2\nexit 3\n', 0o755);
    await machine.root.write('/etc/dkms/framework.conf', 'sign_file=/opt/sign\n');
    const { stderr } = await rebuild();
    expect(stderr).toContain(`for ${kernel.release}: v4l2loopback.ko could not be signed: no entropy`);
    expect(await modinfo('signer')).toBe('');
    expect((await modinfo('vermagic')).split(' ')[0]).toBe(kernel.release);
    const { outputs } = await readBuild(machine, kernel);
    expect(outputs).toMatchObject([{ signed: false }]);
  });
});

/** Another pair each time: made by the host's openssl, since this machine has none. */
async function copyPair({ root }: DebianMachine): Promise<void> {
  const scratch = makeScratchFolder();
  const layout = layoutOf(scratch.path);
  const distribution = detectDistribution({ id: 'debian', idLike: [] });
  const pair = await findKeyPair({ layout, distribution, settings: {}, environment: {} });
  await makeKeyPair(pair, { layout, environment: {} });
  await root.copyIn(pair.key, key);
  await root.copyIn(pair.certificate, certificate);
}
