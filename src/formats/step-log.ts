import { firstBuildError } from './compiler-log.ts';

const maximumLines = 10;
const maximumLength = 2000;

/** A message with the lines that somebody said below it. */
export function quoting(message: string, lines: readonly string[]): string {
  return [message, ...lines].join('\n');
}

/** What a failed script said of its failure: an error that compilers know, or else the end of what it said. */
export function scriptError(said: string): readonly string[] {
  const found = firstBuildError(said);
  if (found !== undefined) return found.lines;
  return linesOf(said).slice(-5);
}

/** Of what patch(1) said, from the first file that something was wrong with. */
export function patchError(said: string): readonly string[] {
  const lines = linesOf(said);
  const first = lines.findIndex((line) => trouble.test(line));
  if (first < 0) return lines.slice(-5);
  const file = lines.slice(0, first).findLastIndex((line) => line.startsWith('patching file '));
  const end = lines.findIndex((line, index) => index > first && line.startsWith('patching file '));
  return lines.slice(file < 0 ? first : file, end < 0 ? undefined : end).slice(0, maximumLines);
}

const trouble = /FAILED|ignored|can't find file|Can't |Reversed |malformed|\*\*\*\* |No space left/;

function linesOf(said: string): string[] {
  const lines = said.split('\n').map((line) => line.slice(0, maximumLength).trimEnd());
  return lines.filter((line) => line !== '');
}
