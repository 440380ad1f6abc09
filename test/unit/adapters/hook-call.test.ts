import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callFormat,
  decodeHookCall,
  encodeHookCall,
  recordedVariables,
} from '../../../src/adapters/hook-call.ts';
import type { HookCall } from '../../../src/adapters/types.ts';
import { KmodsmithError } from '../../../src/errors.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const call: HookCall = {
  adapter: 'dpkg',
  entry: 'postinst.d',
  args: ['6.12.1-amd64', '/boot/vmlinuz-6.12.1-amd64'],
  env: { DEB_MAINT_PARAMS: 'configure ' },
  at: 12,
};
const written =
  'kmodsmith-call-1\0dpkg\0postinst.d\0' +
  '2\0' +
  '6.12.1-amd64\0/boot/vmlinuz-6.12.1-amd64\0DEB_MAINT_PARAMS=configure \0';

it('writes the format that the hooks write', () => {
  expect(new TextDecoder().decode(encodeHookCall(call))).toBe(written);
  expect(decodeHookCall(bytesOf(written), 12)).toEqual(call);
});

it('comes back as it was', () => {
  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
  const env = fc.record(Object.fromEntries(recordedVariables.map((name) => [name, text])), {
    requiredKeys: [],
    noNullPrototype: true,
  });
  const calls = fc.record({
    adapter: fc.constantFrom('dpkg', 'pacman'),
    entry: text.filter((value) => value !== ''),
    args: fc.array(text),
    env: env as fc.Arbitrary<Record<string, string>>,
    at: fc.nat(),
  });
  fc.assert(
    fc.property(calls, (value) => {
      expect(decodeHookCall(encodeHookCall(value), value.at)).toEqual(value);
    }),
  );
});

it('leaves out variables that are not recorded', () => {
  const env = { PATH: '/bin', DEBCONF_RECONFIGURE: '1' };
  expect(decodeHookCall(encodeHookCall({ ...call, env }), 0)?.env).toEqual({ DEBCONF_RECONFIGURE: '1' });
});

it('passes over variables of a newer hook, and keeps blanks, newlines and equals signs', () => {
  const text = `${callFormat}\0dpkg\0toolkit\0${1}\0a\nb\0NEW_NAME=x\0DEB_MAINT_PARAMS=a=b\nc\0`;
  expect(decodeHookCall(bytesOf(text), 1)).toEqual({
    adapter: 'dpkg',
    entry: 'toolkit',
    args: ['a\nb'],
    env: { DEB_MAINT_PARAMS: 'a=b\nc' },
    at: 1,
  });
});

it('reads bytes that are no UTF-8 as replacement characters', () => {
  const bytes = Buffer.from(`${callFormat}\0dpkg\0prerm.d\0${1}\0caf\xe9\0`, 'latin1');
  expect(decodeHookCall(bytes, 0)?.args).toEqual(['caf\ufffd']);
});

it.each(['adapter', 'entry', 'args', 'env'] as const)('refuses to write a NUL in %s', (field) => {
  const odd = { adapter: 'a\0', entry: 'a\0', args: ['\0'], env: { DEB_MAINT_PARAMS: '\0' } };
  expect(() => encodeHookCall({ ...call, [field]: odd[field] })).toThrow(KmodsmithError);
});

describe('rubbish', () => {
  it.each([
    '',
    '\0',
    'kmodsmith-call-1',
    'kmodsmith-call-2\0dpkg\0prerm.d\x000\0',
    ' kmodsmith-call-1\0dpkg\0prerm.d\x000\0',
    '\ufeffkmodsmith-call-1\0dpkg\0prerm.d\x000\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\0\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\0-1\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x000x1\0a\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x001e9\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x009999999999\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x002\0a\0',
    'kmodsmith-call-1\0\0prerm.d\x000\0',
    'kmodsmith-call-1\0dpkg\0\x000\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x000\0stray\0',
    'kmodsmith-call-1\0dpkg\0prerm.d\x000\0=x\0',
  ])('%j is no call', (text) => expect(decodeHookCall(bytesOf(text), 0)).toBeUndefined());

  it('is every prefix of a call that does not end between two variables', () => {
    const bytes = encodeHookCall({ ...call, env: {} });
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeHookCall(bytes.subarray(0, length), 0)).toBeUndefined();
    }
  });

  it('never throws', () => {
    const rest = fc
      .array(fc.oneof(fc.string(), fc.constantFrom('0', '1', '-1', '__proto__=1')))
      .map((fields) => fields.join('\0'));
    const near = rest.map((text) => bytesOf(`${callFormat}\0${text}\0`));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), near), (bytes) => {
        decodeHookCall(bytes, 0);
      }),
    );
  });
});
