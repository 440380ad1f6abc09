import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recordSigning, signModule } from '../../../src/core/signing/sign-module.ts';
import type { Signing } from '../../../src/core/signing/signing.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

/** What is said, and what a module becomes, when a tool of these shell commands signs it. */
async function sign(commands: string, environment = {}) {
  const scratch = makeScratchFolder();
  const path = scratch.write('x.ko', 'module');
  const program = scratch.write('sign', `#!/bin/sh\n${commands}\n`, 0o755);
  const signing = { sign: true, program, hash: 'sha512', key: 'k', certificate: 'c', made: false } as const;
  const refusal = await signModule(path, signing, environment);
  return { refusal, module: readFileSync(path, 'utf8') };
}

const mark = '~Module signature appended~\\n';

it('calls the tool with hash, key, certificate and the module, in the environment given', async () => {
  const { refusal, module } = await sign(`printf " $1 $2 $3 $KBUILD_SIGN_PIN${mark}" >>"$4"`, {
    KBUILD_SIGN_PIN: '1234',
  });
  expect(refusal).toBeUndefined();
  expect(module).toBe('module sha512 k c 1234~Module signature appended~\n');
});

it.each([
  { what: 'fails', commands: ': >"$4"; echo no entropy; exit 3', why: /^no entropy$/ },
  { what: 'fails in silence', commands: 'rm "$4"; exit 3', why: /ended with status 3$/ },
  { what: 'only says that it signed', commands: 'exit 0', why: /ended well, but appended no signature$/ },
])('leaves the module as it was when the tool $what', async ({ commands, why }) => {
  const { refusal, module } = await sign(commands);
  expect(refusal).toMatch(why);
  expect(module).toBe('module');
});

it('reports a tool that is not there', async () => {
  const path = makeScratchFolder().write('x.ko', 'module');
  const signing = {
    sign: true,
    program: '/none',
    hash: 'x',
    key: 'k',
    certificate: 'c',
    made: false,
  } as const;
  expect(await signModule(path, signing, {})).toContain('/none cannot be started');
});

it('is remembered with the digest of the certificate, or with what kept it from being done', async () => {
  const certificate = makeScratchFolder().write('c.der', 'certificate');
  const signing: Signing = { sign: true, program: 'p', hash: 'sha256', key: 'k', certificate, made: true };
  const certificateSha256 = createHash('sha256').update('certificate').digest('hex');
  expect(await recordSigning(signing)).toEqual({ hash: 'sha256', certificate, certificateSha256 });
  expect(await recordSigning({ ...signing, certificate: '/none' })).toMatchObject({ certificateSha256: '' });
  expect(await recordSigning({ sign: false, because: 'so' })).toEqual({ because: 'so' });
});
