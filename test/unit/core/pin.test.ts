import { existsSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concealSecrets, lendKey, withoutPin } from '../../../src/core/signing/pin.ts';
import { signModule } from '../../../src/core/signing/sign-module.ts';
import { signingEnvironment } from '../../../src/core/signing/signing-environment.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const uri = 'pkcs11:token=mok;object=signing';

describe('withoutPin', () => {
  it.each([
    { text: `${uri}?pin-value=246810`, shown: `${uri}?pin-value=…` },
    { text: `${uri}?PIN-VALUE=2%2046&module-name=x`, shown: `${uri}?pin-value=…&module-name=x` },
    { text: `cannot open ${uri}?pin-value=1; why`, shown: `cannot open ${uri}?pin-value=…; why` },
    { text: `${uri}?pin-source=file:/root/pin`, shown: `${uri}?pin-source=file:/root/pin` },
    { text: '/etc/mok.key', shown: '/etc/mok.key' },
  ])('$text', ({ text, shown }) => expect(withoutPin(text)).toBe(shown));
});

it('conceals what a tool repeats of its secrets', () => {
  const environment = { KBUILD_SIGN_PIN: '4711', VAULT_TOKEN: 's.abc', EMPTY_TOKEN: '', module: 'foo' };
  const said = 'pin 4711 of foo, token s.abc; uri pin-value=24%3A and 24: and 24%3A';
  expect(concealSecrets(said, `${uri}?pin-value=24%3A`, environment)).toBe(
    'pin … of foo, token …; uri pin-value=… and … and …',
  );
});

describe('lendKey', () => {
  it.each([
    { key: `${uri}?pin-value=24%3A6`, environment: {}, pin: '24:6', before: `${uri}?` },
    { key: uri, environment: { KBUILD_SIGN_PIN: '4711' }, pin: '4711', before: `${uri}?` },
    {
      key: `${uri}?module-name=x&pin-value=1`,
      environment: { KBUILD_SIGN_PIN: '4711' },
      pin: '1',
      before: `${uri}?module-name=x&`,
    },
  ])('hands on the PIN of $key by a private file', async ({ key, environment, pin, before }) => {
    let file = '';
    {
      await using lent = await lendKey(key, environment);
      expect(lent.key).toMatch(/pin-source=file:[^?&;]+$/);
      expect(lent.key.startsWith(before)).toBe(true);
      file = lent.key.replace(/.*pin-source=file:/, '');
      expect(readFileSync(file, 'utf8')).toBe(pin);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    { key: '/etc/mok.key', environment: { KBUILD_SIGN_PIN: '4711' } },
    { key: uri, environment: {} },
    { key: `${uri}?pin-source=file:/root/pin`, environment: { KBUILD_SIGN_PIN: '4711' } },
  ])('leaves $key as it is', async ({ key, environment }) => {
    await using lent = await lendKey(key, environment);
    expect(lent.key).toBe(key);
  });
});

it('keeps the PIN out of the arguments of the tool and of what is said about its failure', async () => {
  const scratch = makeScratchFolder();
  const path = scratch.write('x.ko', 'module');
  const commands =
    'echo "$@" >"$0.args"; echo "wrong PIN $(cat "$(echo "$2" | sed s,.*file:,,)") or $KBUILD_SIGN_PIN" >&2; exit 1';
  const program = scratch.write('sign', `#!/bin/sh\n${commands}\n`, 0o755);
  const rest = { sign: true, program, hash: 'sha256', certificate: 'c', made: false } as const;
  const refusal = await signModule(
    path,
    { ...rest, key: `${uri}?pin-value=246810` },
    { KBUILD_SIGN_PIN: '97531' },
  );
  expect(refusal).toBe('wrong PIN … or …');
  const args = readFileSync(`${program}.args`, 'utf8');
  expect(args).toContain(`${uri}?pin-source=file:`);
  expect(args).not.toMatch(/246810|97531/);
});

describe('what a tool sees', () => {
  it('is what make sees and what the file of build_environment exports', async () => {
    const scratch = makeScratchFolder();
    const text =
      'export KBUILD_SIGN_PIN="12 34\n56" OPENSSL_CONF=/etc/o.cnf\nhidden=1\necho noise\nexport CC=clang\n';
    const file = scratch.write('environment', text);
    const given = { module: 'foo', CC: 'gcc', PWD: '/srv' };
    const pin = '12 34\n56';
    expect(await signingEnvironment(given, file)).toEqual({
      ...{ module: 'foo', CC: 'clang', KBUILD_SIGN_PIN: pin, OPENSSL_CONF: '/etc/o.cnf' },
      PWD: expect.any(String),
    });
  });

  it('is what make sees where the file is not there or fails', async () => {
    const scratch = makeScratchFolder();
    const given = { module: 'foo' };
    expect(await signingEnvironment(given, undefined)).toBe(given);
    expect(await signingEnvironment(given, '/none')).toBe(given);
    expect(await signingEnvironment(given, scratch.write('environment', 'export A=1\nfalse\n'))).toBe(given);
  });
});
