import { existsSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { readKernelTree } from '../../../src/core/kernels.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { decideSigning, type SigningQuestion, signingByKernel } from '../../../src/core/signing/signing.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

const release = '6.1.0-37-amd64';
const headers = `usr/src/linux-headers-${release}`;

/** A root whose kernel takes signatures, with a sign-file in its build tree and dkms's pair. */
function makeSigner(): ScratchFolder {
  const scratch = makeScratchFolder();
  scratch.write(`${headers}/.config`, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG_HASH="sha384"\n');
  scratch.link(`/${headers}`, `lib/modules/${release}/build`);
  scratch.write(`${headers}/scripts/sign-file`, '#!/bin/sh\n', 0o755);
  scratch.write('var/lib/dkms/mok.key', 'key');
  scratch.write('var/lib/dkms/mok.pub', 'certificate');
  return scratch;
}

interface Asking extends Partial<Omit<SigningQuestion, 'distribution'>> {
  id?: string;
}

async function decide({ path }: ScratchFolder, { id = 'other', ...asking }: Asking = {}) {
  const layout = layoutOf(path);
  const tree = await readKernelTree(layout, release);
  const distribution = detectDistribution({ id, idLike: [] });
  const usual = { settings: {}, environment: {}, mayMakeKeys: false, inChroot: true };
  const signing = await decideSigning({ layout, tree, distribution, ...usual, ...asking });
  return JSON.parse(JSON.stringify(signing).replaceAll(path, ''));
}

it('signs with the hash of the kernel, the tool of its build tree and the pair of dkms', async () => {
  expect(await decide(makeSigner())).toEqual({
    sign: true,
    program: `/${headers}/scripts/sign-file`,
    hash: 'sha384',
    key: '/var/lib/dkms/mok.key',
    certificate: '/var/lib/dkms/mok.pub',
    made: false,
  });
});

describe('says why it does not sign', () => {
  it.each([
    { settings: { trySignModules: 'false' }, because: 'try_sign_modules=false says so' },
    { settings: { key: '/no/key' }, because: '/no/key is missing' },
    { settings: { key: '/a', certificate: '/b' }, because: '/a and /b are missing' },
    { settings: { certificate: '/etc' }, because: '/etc is no file' },
  ])('$because', async ({ settings, because }) => {
    const scratch = makeSigner();
    scratch.folder('etc');
    expect(await decide(scratch, { settings })).toEqual({ sign: false, because });
  });

  it('for a kernel without a config or without signatures, or without a tool', async () => {
    const bare = makeScratchFolder();
    expect(await decide(bare)).toMatchObject({ because: expect.stringMatching(/holds no kernel config$/) });
    bare.write(`lib/modules/${release}/build/.config`, 'CONFIG_MODULES=y\n');
    expect(await decide(bare)).toMatchObject({ because: 'the kernel knows no module signatures' });
    bare.write(`lib/modules/${release}/build/.config`, 'CONFIG_MODULE_SIG_HASH="sha256"\n');
    const because = `/lib/modules/${release}/build/scripts/sign-file is not there or cannot be executed`;
    expect(await decide(bare)).toEqual({ sign: false, because });
  });
});

describe('in a chroot', () => {
  const environment = { FAKECHROOT: 'true', FAKECHROOT_BASE: '/x', LD_PRELOAD: 'libfakechroot.so' };

  it('does not sign, unless that is asked for', async () => {
    const scratch = makeSigner();
    const inside = { environment, inChroot: false };
    expect(await decide(scratch, inside)).toMatchObject({
      sign: false,
      because: expect.stringContaining('chroot'),
    });
    expect(await decide(scratch, { ...inside, settings: { trySignModules: 'true' } })).toMatchObject({
      sign: true,
    });
    expect(await decide(scratch, { environment, inChroot: true })).toMatchObject({ sign: true });
  });
});

describe('finds the tool', () => {
  it.each([
    { id: 'debian', tool: 'usr/lib/linux-kbuild-6.1/scripts/sign-file' },
    { id: 'gentoo', tool: `usr/src/linux-${release}/scripts/sign-file` },
    { id: 'ubuntu', tool: `usr/src/linux-headers-${release}/scripts/sign-file` },
  ])('where $id has it', async ({ id, tool }) => {
    const scratch = makeSigner();
    scratch.write(tool, '#!/bin/sh\n', 0o755);
    expect(await decide(scratch, { id })).toMatchObject({ sign: true, program: `/${tool}` });
  });

  it('where framework.conf says, and in the build tree when nothing is there', async () => {
    const scratch = makeSigner();
    scratch.write('opt/sign', '#!/bin/sh\n', 0o755);
    expect(await decide(scratch, { settings: { signFile: '/opt/sign' } })).toMatchObject({
      program: '/opt/sign',
    });
    expect(await decide(scratch, { settings: { signFile: '/opt/other' } })).toMatchObject({
      program: `/${headers}/scripts/sign-file`,
    });
  });

  it('that cannot be executed, and does not take another', async () => {
    const scratch = makeSigner();
    scratch.write('opt/sign', '');
    expect(await decide(scratch, { settings: { signFile: '/opt/sign' } })).toMatchObject({
      because: '/opt/sign is not there or cannot be executed',
    });
  });
});

describe('finds the pair', () => {
  it('of framework.conf; what it does not name stays where it is', async () => {
    const scratch = makeSigner();
    scratch.write('root/key', 'key');
    expect(await decide(scratch, { settings: { key: '/root/key' } })).toMatchObject({
      key: '/root/key',
      certificate: '/var/lib/dkms/mok.pub',
    });
  });

  it('of a token, whose key is no file', async () => {
    const key = 'pkcs11:token=mok;object=signing';
    expect(await decide(makeSigner(), { settings: { key } })).toMatchObject({ sign: true, key });
    expect(
      await decide(makeSigner(), { settings: { key, certificate: '/no' }, mayMakeKeys: true }),
    ).toMatchObject({
      because: expect.stringContaining('not ours to make'),
    });
  });

  it('of dkms below /var/lib/dkms, wherever the tree is', async () => {
    const scratch = makeSigner();
    const layout = layoutOf(scratch.path, {
      dkmsTree: '/srv/tree',
      sourceTree: '/usr/src',
      installTree: '/lib/modules',
    });
    expect(await decide(scratch, { layout })).toMatchObject({ key: '/var/lib/dkms/mok.key' });
  });

  it('of Gentoo: the environment, then make.conf, then the key of the kernel', async () => {
    const scratch = makeSigner();
    scratch.write(
      `${headers}/.config`,
      'CONFIG_MODULE_SIG_HASH="sha512"\nCONFIG_MODULE_SIG_KEY="certs/signing_key.pem"\n',
    );
    const own = scratch.write(`${headers}/certs/signing_key.pem`, 'key').slice(scratch.path.length);
    expect(await decide(scratch, { id: 'gentoo' })).toMatchObject({ key: own, certificate: own });
    scratch.write('etc/portage/make.conf/00-local', 'MODULES_SIGN_KEY="/etc/key.pem" # both\n');
    scratch.write('etc/key.pem', 'key');
    expect(await decide(scratch, { id: 'gentoo' })).toMatchObject({
      key: '/etc/key.pem',
      certificate: '/etc/key.pem',
    });
    const environment = {
      MODULES_SIGN_KEY: '/var/lib/dkms/mok.key',
      MODULES_SIGN_CERT: '/var/lib/dkms/mok.pub',
    };
    expect(await decide(scratch, { id: 'gentoo', environment })).toMatchObject({
      key: '/var/lib/dkms/mok.key',
    });
  });
});

it('makes the pair that is missing only where it may', async () => {
  const scratch = makeSigner();
  const settings = { key: '/srv/mok.key', certificate: '/srv/mok.pub' };
  expect(await decide(scratch, { settings })).toMatchObject({ sign: false });
  expect(existsSync(`${scratch.path}/srv`)).toBe(false);
  expect(await decide(scratch, { settings, mayMakeKeys: true })).toMatchObject({ sign: true, made: true });
  expect(await decide(scratch, { settings, mayMakeKeys: true })).toMatchObject({ sign: true, made: false });
});

it('decides once for each kernel, with its own paths', async () => {
  const scratch = makeSigner();
  scratch.write('etc/dkms/framework.conf', 'mok_signing_key=/srv/$kernelver.key\n');
  scratch.write(`srv/${release}.key`, 'key');
  const layout = layoutOf(scratch.path);
  const distribution = detectDistribution({ id: 'debian', idLike: [] });
  const usual = { environment: {}, mayMakeKeys: false, inChroot: true };
  const signingOf = signingByKernel({ layout, distribution, ...usual });
  const tree = await readKernelTree(layout, release);
  const first = await signingOf(tree);
  expect(first).toMatchObject({ sign: true, key: `${scratch.path}/srv/${release}.key` });
  expect(await signingOf(tree)).toBe(first);
  expect(await signingOf({ ...tree, release: '7.0' })).toMatchObject({
    because: expect.stringContaining('7.0.key'),
  });
});

it('warns once for each kernel when framework.conf asks for what cannot be done', async () => {
  const scratch = makeSigner();
  const layout = layoutOf(scratch.path);
  const distribution = detectDistribution({ id: 'debian', idLike: [] });
  const tree = await readKernelTree(layout, release);
  const module = { name: 'foo', version: '1.0' };
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const ask = async () => {
    const engine = engineSettings({ layout, framework: await readFramework(scratch.path), distribution });
    await engine.signingFor(tree, { module, policy: defaultPolicy });
    await engine.signingFor(tree, { module, policy: defaultPolicy });
    return write.mock.calls.splice(0).map(([text]) => String(text).replaceAll(scratch.path, ''));
  };
  try {
    expect(await ask()).toEqual([]);
    scratch.write('etc/dkms/framework.conf', 'mok_signing_key=/srv/$kernelver.key\n');
    const problem = `/srv/${release}.key is missing`;
    expect(await ask()).toEqual([`kmodsmith: modules for ${release} are not signed: ${problem}\n`]);
    scratch.write('etc/dkms/framework.conf', 'try_sign_modules=false\n');
    expect(await ask()).toEqual([]);
  } finally {
    write.mockRestore();
  }
});
