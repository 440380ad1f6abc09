import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { makeKeyPair } from '../../../src/core/signing/mok.ts';
import { findKeyPair, type KeyPair } from '../../../src/core/signing/signing-keys.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { execute } from '../../support/process.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

const distribution = detectDistribution({ id: 'debian', idLike: [] });

async function pairOf({ path }: ScratchFolder, settings = {}): Promise<KeyPair> {
  return findKeyPair({ layout: layoutOf(path), settings, distribution, environment: {} });
}

async function make(scratch: ScratchFolder, settings = {}): Promise<boolean | KmodsmithError> {
  const making = makeKeyPair(await pairOf(scratch, settings), {
    layout: layoutOf(scratch.path),
    environment: {},
  });
  return making.catch((error: unknown) => {
    if (error instanceof KmodsmithError) return error;
    throw error;
  });
}

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

it('makes what dkms makes, as openssl reads it', async () => {
  const scratch = makeScratchFolder();
  expect(await make(scratch)).toBe(true);
  const { key, certificate } = await pairOf(scratch);
  const { stdout } = await execute([
    'openssl',
    'x509',
    '-inform',
    'DER',
    '-in',
    certificate,
    '-noout',
    '-text',
  ]);
  const text = stdout.toString();
  expect(text).toMatch(/Issuer: CN ?= ?DKMS module signing key\n/);
  expect(text).toMatch(/Subject: CN ?= ?DKMS module signing key\n/);
  expect(text).toContain('Public-Key: (2048 bit)');
  expect(text).toContain('Signature Algorithm: sha256WithRSAEncryption');
  expect(text).toMatch(/Extended Key Usage: *\n *Code Signing\n/);
  expect(text).toMatch(/Basic Constraints: critical\n *CA:FALSE/);
  const found = new X509Certificate(readFileSync(certificate));
  expect(Date.parse(found.validTo) - Date.parse(found.validFrom)).toBe(36_500 * 24 * 3600 * 1000);
  expect(found.checkPrivateKey(createPrivateKey(readFileSync(key)))).toBe(true);
  expect(found.verify(found.publicKey)).toBe(true);
  expect(readFileSync(key, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect([mode(key), mode(certificate)]).toEqual(['600', '644']);
  expect(readdirSync(`${scratch.path}/var/lib/dkms`)).toEqual(['mok.key', 'mok.pub']);
});

it('leaves a complete pair alone', async () => {
  const scratch = makeScratchFolder();
  scratch.write('var/lib/dkms/mok.key', 'theirs');
  scratch.write('var/lib/dkms/mok.pub', 'theirs');
  expect(await make(scratch)).toBe(false);
  expect(readFileSync(`${scratch.path}/var/lib/dkms/mok.key`, 'utf8')).toBe('theirs');
});

it('gives a key that has lost its certificate another one, and keeps the key', async () => {
  const scratch = makeScratchFolder();
  await make(scratch);
  const { key, certificate } = await pairOf(scratch);
  const before = readFileSync(key);
  const elsewhere = { certificate: '/srv/mok.pub' };
  expect(await make(scratch, elsewhere)).toBe(true);
  expect(readFileSync(key)).toEqual(before);
  const made = new X509Certificate(readFileSync(`${scratch.path}/srv/mok.pub`));
  expect(made.checkPrivateKey(createPrivateKey(before))).toBe(true);
  expect(readFileSync(certificate)).not.toEqual(made.raw);
});

it('sets a certificate without a key aside', async () => {
  const scratch = makeScratchFolder();
  scratch.write('var/lib/dkms/mok.pub', 'theirs');
  expect(await make(scratch)).toBe(true);
  const names = readdirSync(`${scratch.path}/var/lib/dkms`);
  expect(names).toEqual(['mok.key', 'mok.pub', expect.stringMatching(/^mok\.pub\.old-\d+$/)]);
  expect(readFileSync(`${scratch.path}/var/lib/dkms/${names[2]}`, 'utf8')).toBe('theirs');
});

it('makes one pair when two ask at the same time, and clears what a dead one left', async () => {
  const scratch = makeScratchFolder();
  scratch.write('var/lib/dkms/.kmodsmith-private-dead/key', 'half');
  expect((await Promise.all([make(scratch), make(scratch), make(scratch)])).sort()).toEqual([
    false,
    false,
    true,
  ]);
  expect(readdirSync(`${scratch.path}/var/lib/dkms`)).toEqual(['mok.key', 'mok.pub']);
});

it('refuses where it would be no use, and leaves nothing behind', async () => {
  const scratch = makeScratchFolder();
  scratch.folder('srv/folder');
  scratch.write('srv/encrypted.key', 'no key');
  const refusals: [object, RegExp][] = [
    [{ key: '/srv/folder' }, /folder is no file$/],
    [{ key: 'pkcs11:token=x' }, /a key in a token or of a kernel is not ours to make$/],
    [{ key: '/srv/encrypted.key' }, /openssl req/],
    [{ key: '/srv/encrypted.key/below' }, /EEXIST|ENOTDIR/],
  ];
  for (const [settings, why] of refusals) {
    const error = await make(scratch, settings);
    expect(error).toMatchObject({
      code: 'SIGNING_KEY_FAILED',
      dkmsStatus: 1,
      message: expect.stringMatching(why),
    });
  }
  expect(existsSync(`${scratch.path}/var/lib/dkms`)).toBe(false);
  expect(readdirSync(`${scratch.path}/srv`)).toEqual(['encrypted.key', 'folder']);
});
