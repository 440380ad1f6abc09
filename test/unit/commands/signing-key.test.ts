import { existsSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { runSigningKey, type SigningKeyOptions } from '../../../src/commands/signing-key.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

const release = '6.12.1-toy';

/** A kernel that takes signatures, and nothing to sign with. */
function makeMachine(): ScratchFolder {
  const scratch = makeScratchFolder();
  scratch.write('etc/os-release', 'ID=debian\n');
  scratch.write(`lib/modules/${release}/build/.config`, 'CONFIG_MODULE_SIG_HASH="sha256"\n');
  scratch.write(`lib/modules/${release}/build/scripts/sign-file`, '#!/bin/sh\n', 0o755);
  return scratch;
}

/** What the command prints, without the root. */
async function ask({ path: root }: ScratchFolder, options: Partial<SigningKeyOptions> = {}): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const usual = { root, json: false, kernel: [], generate: false, dryRun: false };
    expect(await runSigningKey({ ...usual, ...options })).toBe(0);
    return write.mock.calls.map(([text]) => String(text).replaceAll(root, '')).join('');
  } finally {
    write.mockRestore();
  }
}

const key = '/var/lib/dkms/mok.key';
const certificate = '/var/lib/dkms/mok.pub';

it('shows what is missing, what to do about it, and which kernel it is missing for', async () => {
  expect(await ask(makeMachine())).toBe(
    [
      `key: ${key}`,
      `certificate: ${certificate}`,
      `  ${key} is missing`,
      `  ${certificate} is missing`,
      "  'kmodsmith signing-key --generate' makes what is missing.",
      `${release}: modules are not signed: ${key} and ${certificate} are missing`,
      '',
    ].join('\n'),
  );
});

it('makes the pair only when told to, and then says how it is enrolled', async () => {
  const scratch = makeMachine();
  expect(await ask(scratch, { generate: true, dryRun: true })).toContain('  would be made\n');
  expect(existsSync(`${scratch.path}/var/lib`)).toBe(false);
  const said = await ask(scratch, { generate: true });
  expect(said).toMatch(/^ {2}CN=DKMS module signing key, until \d{4}-\d\d-\d\d, SHA-1 ([0-9a-f]{2}:){19}/m);
  expect(said).toContain(`mokutil --import ${certificate}`);
  expect(said).toContain(`${release}: modules are signed with ${key}, sha256, by `);
  expect(await ask(scratch, { generate: true })).not.toContain('mokutil');
});

it('says when the two do not belong together, or are none', async () => {
  const scratch = makeMachine();
  scratch.write('etc/dkms/framework.conf', 'mok_certificate=/srv/other.pub\n');
  await ask(scratch, { generate: true });
  scratch.write('etc/dkms/framework.conf', 'mok_signing_key=/srv/other.key\n');
  await ask(scratch, { generate: true });
  scratch.write(
    'etc/dkms/framework.conf',
    'mok_certificate=/srv/other.pub\nmok_signing_key=/srv/other.key\n',
  );
  expect(await ask(scratch)).toContain('  /srv/other.pub does not belong to /srv/other.key\n');
  scratch.write('srv/other.pub', 'rubbish');
  expect(await ask(scratch)).toContain('  /srv/other.pub is no certificate\n');
});

it('shows every pair once, and the kernels asked for, as one document too', async () => {
  const scratch = makeMachine();
  scratch.write('etc/dkms/framework.conf', 'mok_signing_key=/srv/$kernelver.key\n');
  const document = JSON.parse(await ask(scratch, { json: true, kernel: [release, '7.0-none', release] }));
  expect(document).toMatchObject({
    version: 1,
    pairs: [{ key: `/srv/${release}.key`, certificate, made: 'no' }, { key: '/srv/7.0-none.key' }],
    kernels: [{ release, sign: false }, { release: '7.0-none', because: expect.any(String) }, { release }],
  });
});

it('names the program of the policy, by which no pair is missing, and where it is set', async () => {
  const scratch = makeMachine();
  scratch.write('etc/kmodsmith/policy.d/a.toml', 'sign-command = "/opt/sign"\n');
  const place = '/etc/kmodsmith/policy.d/a.toml:1';
  const absent = `${release}: modules are not signed: /opt/sign is not there or cannot be executed`;
  expect(await ask(scratch)).toBe(`sign-command: /opt/sign, set in ${place}\n${absent}\n`);
  scratch.write('opt/sign', '', 0o755);
  expect(await ask(scratch)).toContain(`${release}: modules are signed by /opt/sign, sha256\n`);
  expect(JSON.parse(await ask(scratch, { json: true }))).toMatchObject({
    signer: { command: '/opt/sign', place },
    kernels: [{ release, sign: true, command: '/opt/sign', hash: 'sha256' }],
  });
});

it('never shows the PIN of a token', async () => {
  const scratch = makeMachine();
  const key = 'pkcs11:token=mok;object=signing?pin-value=246810';
  scratch.write('etc/dkms/framework.conf', `mok_signing_key='${key}'\n`);
  scratch.write('var/lib/dkms/mok.pub', 'certificate');
  for (const options of [{}, { json: true }, { generate: true, dryRun: true }]) {
    const said = await ask(scratch, options);
    expect(said).toContain('pin-value=…');
    expect(said).not.toContain('246810');
  }
});
