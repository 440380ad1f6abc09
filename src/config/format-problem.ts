import type { Place, PolicyProblem } from './policy-file.ts';

/** `file:line: key: message. hint`, as far as they are known. */
export function formatProblem({ key, message, hint, ...place }: PolicyProblem): string {
  const sentence = hint === undefined ? message : `${message}. ${hint}`;
  return [formatPlace(place), key, sentence].filter((part) => part !== undefined).join(': ');
}

/** `file:line`, as editors and terminals know it. */
export function formatPlace({ file, line }: Place): string {
  return line === undefined ? file : `${file}:${line}`;
}
