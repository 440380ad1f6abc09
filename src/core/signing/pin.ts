import { join } from 'node:path';
import { isWritable, writeAtomically } from '../../system/files.ts';
import { makeTemporaryFolder } from '../../system/unpacked-files.ts';
import { isToken } from './signing-keys.ts';

type Environment = Readonly<Record<string, string>>;

const pinAttribute = /\bpin-value=([^&;\s]*)/gi;

/** A text without the PIN of any token's URI (RFC 7512) in it: for people, logs and records. */
export function withoutPin(text: string): string {
  return text.replaceAll(pinAttribute, 'pin-value=…');
}

const secretName = /PIN$|PASS|SECRET|TOKEN/i;

/** What a program said, without secrets that it was given: it may well repeat them. */
export function concealSecrets(text: string, key: string, environment: Environment): string {
  const given = Object.entries(environment).flatMap(([name, value]) =>
    secretName.test(name) ? [value] : [],
  );
  const pins = [...key.matchAll(pinAttribute)].flatMap(([, pin = '']) => [pin, decoded(pin)]);
  const secrets = [...new Set([...given, ...pins])].filter((secret) => secret !== '');
  const longestFirst = secrets.sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, secret) => rest.replaceAll(secret, '…'), withoutPin(text));
}

export interface KeyForTool extends AsyncDisposable {
  readonly key: string;
}

/**
 * A key as a sign tool is to get it. The PIN of a token goes into a file that only we can read, for as long as the tool
 * runs: everybody sees a program's arguments, and sign-file, where it reaches tokens by a provider of OpenSSL 3, does not
 * look at KBUILD_SIGN_PIN.
 */
export async function lendKey(key: string, environment: Environment): Promise<KeyForTool> {
  const [, inUri] = new RegExp(pinAttribute.source, 'i').exec(key) ?? [];
  const pin = inUri === undefined ? environment['KBUILD_SIGN_PIN'] : decoded(inUri);
  if (!isToken(key) || !pin || /\bpin-source=/i.test(key)) return { key, async [Symbol.asyncDispose]() {} };
  // Gone with the next boot, whatever becomes of us.
  const folder = await makeTemporaryFolder((await isWritable('/run')) ? '/run' : '');
  const file = join(folder.path, 'pin');
  await writeAtomically(file, pin, 0o600);
  const [path = '', query = ''] = key.split('?');
  const others = query.split('&').filter((attribute) => attribute !== '' && !isPin(attribute));
  return {
    key: `${path}?${[...others, `pin-source=file:${file}`].join('&')}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function isPin(attribute: string): boolean {
  return attribute.toLowerCase().startsWith('pin-value=');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
