/**
 * The file of one queued call, version 1: fields, each ended by a NUL, because a NUL is the one byte that neither
 * an argument nor a variable can hold, and because `printf '%s\000'` writes it from any POSIX shell:
 *
 *     kmodsmith-call-1  adapter  entry  <number of args>  arg …  NAME=value …
 *
 * When the call was made is the time stamp of the file. Bytes that are no UTF-8 are read as U+FFFD.
 */
import { KmodsmithError } from '../errors.ts';
import type { HookCall } from './types.ts';

/** The first field of the file. */
export const callFormat = 'kmodsmith-call-1';

/** The variables that a hook records, when they are set; all others are gone by the time the call is read. */
export const recordedVariables = [
  'DEB_MAINT_PARAMS',
  'DEBCONF_RECONFIGURE',
  'DPKG_MAINTSCRIPT_PACKAGE',
] as const;

/**
 * The bytes that a hook would have written for this call; variables that are not recorded are left out.
 * @throws KmodsmithError USAGE for a NUL, which no real call contains
 */
export function encodeHookCall({ adapter, entry, args, env }: HookCall): Uint8Array {
  const variables = recordedVariables.filter((name) => Object.hasOwn(env, name));
  const settings = variables.map((name) => `${name}=${env[name]}`);
  const fields = [callFormat, adapter, entry, `${args.length}`, ...args, ...settings];
  if (fields.some((field) => field.includes('\0'))) {
    throw new KmodsmithError('USAGE', `a recorded call can not contain a NUL: ${JSON.stringify(fields)}`);
  }
  return new TextEncoder().encode(fields.map((field) => `${field}\0`).join(''));
}

/** The call in a queue file that was written at `at` (ms since the epoch); undefined if it is not one. Never throws. */
export function decodeHookCall(bytes: Uint8Array, at: number): HookCall | undefined {
  const fields = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\0');
  if (fields.pop() !== '') return undefined; // cut short
  const [format, adapter, entry, count, ...rest] = fields;
  if (format !== callFormat || !adapter || !entry || !/^\d{1,6}$/.test(count ?? '')) return undefined;
  const length = Number(count);
  if (rest.length < length) return undefined;
  const env = readVariables(rest.slice(length));
  return env && { adapter, entry, args: rest.slice(0, length), env, at };
}

/** Unknown names are passed over: a newer hook may record more than this engine reads. */
function readVariables(settings: readonly string[]): Record<string, string> | undefined {
  const pairs = settings.map((setting) => /^([A-Z_][A-Z0-9_]*)=(.*)$/s.exec(setting));
  if (pairs.includes(null)) return undefined;
  const known: readonly string[] = recordedVariables;
  return Object.fromEntries(
    pairs.flatMap((pair) => (pair && known.includes(pair[1] ?? '') ? [[pair[1], pair[2]]] : [])),
  );
}
