/**
 * By what a shell script and the engine know the same call: its words, what the hooks record of the environment, and the
 * release that runs, on one line with `|` between them.
 */
import { recordedVariables } from './hook-call.ts';

/** The first line of a file that says what a call found settled. */
export const settledFormat = 'kmodsmith-settled-1';

/** How stat(1) is to describe each path: whatever changes about a file or a folder changes that. */
export const statFormat = '%d %i %f %s %.9Z %n\\n';

/** Undefined for a call with a word that has `|` or a newline: it is known by no line. */
export function callLine(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  release: string,
): string | undefined {
  const fields = [...words, ...recordedVariables.map((name) => env[name] ?? ''), release];
  return fields.some((field) => /[|\n]/.test(field)) ? undefined : fields.join('|');
}
