import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { signModule } from '../../../src/core/signing/sign-module.ts';
import type { SigningByCommand, SigningByKey } from '../../../src/core/signing/signing.ts';
import { recordSigning } from '../../../src/core/signing/signing-record.ts';
import { readSignature } from '../../../src/formats/module-signature.ts';
import { isSignedBy } from '../../support/module-signature.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { makeSigner } from '../../support/signers.ts';

const whole = 'a module as it was verified';

/** A signer and a module; `@SIGN@` in commands appends a right signature to the file `$module`. */
async function makeSite() {
  const scratch = makeScratchFolder();
  const signer = await makeSigner(scratch);
  const path = scratch.write('x.ko', whole);
  const program = (commands: string) => {
    const sign = `${signer.signFile} sha256 ${signer.key} ${signer.certificate} "$module"`;
    return scratch.write('sign', `#!/bin/sh\n${commands.replaceAll('@SIGN@', sign)}\n`, 0o755);
  };
  const byKey = async (commands: string, { environment = {}, key = 'k' } = {}) => {
    const rest = { hash: 'sha512', key, certificate: 'c', made: false } as const;
    const signing: SigningByKey = { sign: true, program: program(`module=$4\n${commands}`), ...rest };
    return { refusal: await signModule(path, signing, environment), module: readFileSync(path) };
  };
  const byCommand = async (
    commands: string,
    more: Partial<SigningByCommand> = {},
    environment: Record<string, string> = {},
  ) => {
    const command = program(`module=$2\n${commands}`);
    const signing: SigningByCommand = { sign: true, command, hash: 'sha512', release: '6.12', ...more };
    return { refusal: await signModule(path, signing, environment), module: readFileSync(path) };
  };
  const said = () => readFileSync(`${scratch.path}/said`, 'utf8');
  return { scratch, signer, path, byKey, byCommand, said };
}

it('calls the tool with hash, key, certificate and the module, in the environment given', async () => {
  const { byKey, said, signer, scratch } = await makeSite();
  const tells = `echo "$1 $2 $3 $KBUILD_SIGN_PIN" >${scratch.path}/said; @SIGN@`;
  const { refusal, module } = await byKey(tells, { environment: { KBUILD_SIGN_PIN: '1234' } });
  expect(refusal).toBeUndefined();
  expect(said()).toBe('sha512 k c 1234\n');
  expect(await isSignedBy(module, signer.der)).toBe(true);
});

it('calls a command with hash, module and release, and needs no key of ours', async () => {
  const { byCommand, said, signer, scratch, path } = await makeSite();
  const tells = `echo "$# $1 $2 $3 $module_version" >${scratch.path}/said; @SIGN@`;
  const { refusal, module } = await byCommand(tells, {}, { module_version: '1.0' });
  expect(refusal).toBeUndefined();
  expect(said()).toBe(`3 sha512 ${path} 6.12 1.0\n`);
  expect(await isSignedBy(module, signer.der)).toBe(true);
});

const misdeeds = [
  { what: 'fails', commands: ': >"$module"; echo no entropy; exit 3', why: /^no entropy$/ },
  { what: 'fails in silence', commands: 'rm "$module"; exit 3', why: /ended with status 3$/ },
  { what: 'only says that it signed', commands: 'exit 0', why: /ended well, but appended no signature$/ },
  { what: 'takes the module away', commands: 'rm "$module"', why: /^sign left no module$/ },
  {
    what: 'alters the module',
    commands: 'printf M | dd of="$module" conv=notrunc 2>&1; @SIGN@',
    why: /altered/,
  },
  {
    what: 'signs more than the module',
    commands: 'echo >>"$module"; @SIGN@',
    why: /altered the module itself$/,
  },
  {
    what: 'appends nothing but the mark',
    commands: `printf '~Module signature appended~\\n' >>"$module"`,
    why: /appended what no kernel takes for a signature$/,
  },
  {
    what: 'appends another kind of signature',
    commands: `printf 'x\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0\\1~Module signature appended~\\n' >>"$module"`,
    why: /appended what no kernel takes for a signature$/,
  },
];

it.each(misdeeds)('leaves the module as it was when the tool $what', async ({ commands, why }) => {
  const { byKey, byCommand } = await makeSite();
  for (const found of [await byKey(commands), await byCommand(commands)]) {
    expect(found.refusal).toMatch(why);
    expect(found.module.toString()).toBe(whole);
  }
});

it('gives up a command that does not end, with what it has started', async () => {
  const { byCommand, scratch } = await makeSite();
  const hangs = `(sleep 0.8; touch ${scratch.path}/late) & : >"$module"; sleep 60`;
  const { refusal, module } = await byCommand(hangs, { timeoutSeconds: 0.3 });
  expect(refusal).toMatch(/sign did not end within 0.3 s$/);
  expect(module.toString()).toBe(whole);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(existsSync(`${scratch.path}/late`)).toBe(false);
});

it('refuses a signature that the certificate of the machine does not confirm', async () => {
  const { byCommand, signer } = await makeSite();
  const { certificate } = signer;
  expect((await byCommand('@SIGN@', { certificate })).refusal).toBeUndefined();
  const scratch = makeScratchFolder();
  const other = await makeSigner(scratch, 'other');
  expect((await byCommand('@SIGN@', { certificate: other.certificate })).refusal).toBeUndefined();
});

it('refuses a signature of another module, by the certificate of the machine', async () => {
  const { byCommand, signer, scratch } = await makeSite();
  const { certificate } = signer;
  const swaps = `cp "$module" ${scratch.path}/own; echo other >"$module"; @SIGN@
    tail -c +7 "$module" >${scratch.path}/tail; cat ${scratch.path}/own ${scratch.path}/tail >"$module"`;
  const { refusal, module } = await byCommand(swaps, { certificate });
  expect(refusal).toMatch(/the signature that sign appended is not one of this module by .*certificate$/);
  expect(module.toString()).toBe(whole);
  expect((await byCommand(swaps)).refusal).toBeUndefined();
});

it('keeps what was checked, whatever the tool still writes', async () => {
  const { byCommand, signer } = await makeSite();
  const late = 'exec 9>>"$module"; @SIGN@; (sleep 0.5; echo late >&9) >/dev/null 2>&1 & exit 0';
  const { module } = await byCommand(late);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await isSignedBy(module, signer.der)).toBe(true);
  expect(readSignature(module)).toMatchObject({ signer: 'key of signer' });
});

it('reports a tool that is not there', async () => {
  const { path } = await makeSite();
  const rest = { hash: 'x', key: 'k', certificate: 'c', made: false } as const;
  expect(await signModule(path, { sign: true, program: '/none', ...rest }, {})).toContain(
    '/none cannot be started',
  );
});

it('is remembered with the digest of what there is to know it by, or with what kept it from being done', async () => {
  const path = makeScratchFolder().write('c.der', 'certificate');
  const digest = createHash('sha256').update('certificate').digest('hex');
  const key = 'pkcs11:token=mok?pin-value=246810';
  const byKey = { sign: true, program: 'p', hash: 'sha256', key, certificate: path, made: true } as const;
  expect(await recordSigning(byKey)).toEqual({
    hash: 'sha256',
    certificate: path,
    certificateSha256: digest,
  });
  expect(await recordSigning({ ...byKey, certificate: '/none' })).toMatchObject({ certificateSha256: '' });
  const byCommand = { sign: true, command: path, hash: 'sha256', release: '6.12' } as const;
  expect(await recordSigning(byCommand)).toEqual({ hash: 'sha256', command: path, commandSha256: digest });
  expect(await recordSigning({ sign: false, because: 'so' })).toEqual({ because: 'so' });
});
