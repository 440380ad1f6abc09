/** The error that ended a build, with the lines that belong to it. */
export interface BuildError {
  /** At most ten lines in the order of the log, each cut to 2,000 characters; the error itself is among them. */
  readonly lines: readonly string[];
  /** Number of the line with the error, from 1. */
  readonly line: number;
}

/**
 * The first real error of a make log in the C locale: of the compiler, assembler, linker, modpost, make or the system.
 * Failing that a program that was not found or something that was refused (Makefiles probe for many things, so this is
 * weak evidence, unless make stops at a missing program with Error 127); failing that make's own `*** [target] Error 1`,
 * which only repeats that something went wrong.
 */
export function firstBuildError(log: string): BuildError | undefined {
  let missingProgram: number | undefined;
  let weak: number | undefined;
  let repetition: number | undefined;
  for (const start of hintedLines(log)) {
    const line = lineAt(log, start);
    const kind = classify(line);
    if (kind === 'error') return report(log, start);
    const isWeak = kind === 'missing-program' || kind === 'refusal';
    if (isWeak) weak = repetition === undefined ? start : (weak ?? start);
    if (kind === 'missing-program')
      missingProgram = repetition === undefined ? start : (missingProgram ?? start);
    if (kind !== 'repetition') continue;
    if (missingProgram !== undefined && line.endsWith('Error 127')) return report(log, missingProgram);
    repetition ??= start;
  }
  const best = weak ?? repetition;
  return best === undefined ? undefined : report(log, best);
}

const maximumLines = 10;
const maximumBefore = 4;
const maximumLength = 2000;

/** Start offsets of the lines worth a closer look. Every line is entered at most once, so the time is linear. */
function* hintedLines(log: string): Generator<number> {
  const hint =
    /[Ee]rror: |error\[|ERROR|FATAL|\*\*\* |undefined reference|multiple definition|not found|cannot find|No such file|Permission denied|Exec format|No space left|Disk quota|Killed|out of memory|emory exhausted|allocate memory|temporarily unavailable|Read-only file|not permitted|resolve host|name resolution|is unreachable/g;
  for (let hit = hint.exec(log); hit; hit = hint.exec(log)) {
    yield log.lastIndexOf('\n', hit.index) + 1;
    const end = log.indexOf('\n', hit.index);
    if (end < 0) return;
    hint.lastIndex = end;
  }
}

type LineKind = 'error' | 'missing-program' | 'refusal' | 'repetition' | undefined;

function classify(line: string): LineKind {
  if (systemTrouble.test(line)) return 'error';
  if (makeStop.test(line)) return makeRepetition.test(line) ? 'repetition' : 'error';
  if (shellMissing.test(line)) return 'missing-program';
  if (isDiagnostic(line) || linkError.test(line) || modpostError.test(line)) return 'error';
  return refusal.test(line) ? 'refusal' : undefined;
}

const systemTrouble =
  /No space left on device|Disk quota exceeded|Resource temporarily unavailable|: out of memory|ERROR: out of memory|virtual memory exhausted|Cannot allocate memory|^Killed$|: \d+ Killed\b/;
const linkError =
  /undefined reference to |multiple definition of |^\S*\bld(?:\.\w+)?: (?:cannot find |error: )/;
const modpostError = /^\s*(?:ERROR|FATAL): /;
const makeStop = /^\S+: \*\*\* /;
const makeRepetition =
  /^\S+: \*\*\* (?:\[.*\] Error \d+(?: \(ignored\))?$|Waiting for unfinished jobs|Deleting )/;
// Also of make itself, which starts a command without special characters, or $(shell), without a shell.
const shellMissing =
  /^(?:\S*sh|env|make(?:\[\d+\])?): .*(?:not found|No such file or directory|Permission denied|Exec format error)$/;
// What a sandbox or the rights of a user keep from a program; and a file that a Makefile includes.
const refusal =
  /^[^\s:]+: .*(?:Read-only file system|Permission denied|Operation not permitted|Network is unreachable|name resolution)$|(?:not|n't) resolve host|^\S+:\d+: \S+: No such file or directory$/;

/** `file:line:column: error: …`, `file:line: Error: …` (assembler), `cc1: error: …`, `error[E0425]: …` (rustc). */
function isDiagnostic(line: string): boolean {
  const match = /(?:^|: )(?:(?:fatal|internal compiler) error|[Ee]rror(?:\[E\d+\])?): /.exec(line);
  if (!match) return false;
  const origin = line.slice(0, match.index);
  // Prose before the word is a probe's message, unless it is a file name with a line number.
  return /:\d+$/.test(origin) || (!/\s/.test(origin) && !match[0].includes('Error'));
}

function report(log: string, start: number): BuildError {
  const error = lineAt(log, start);
  const before = linesBefore(log, start);
  const lines = [...before, error, ...linesAfter(log, start, maximumLines - 1 - before.length)];
  return { lines, line: lineNumber(log, start) };
}

function linesBefore(log: string, start: number): string[] {
  const lines: string[] = [];
  for (let at = start; at > 1 && lines.length < maximumBefore; ) {
    at = log.lastIndexOf('\n', at - 2) + 1;
    const line = lineAt(log, at);
    if (!introduction.test(line)) break;
    lines.unshift(line);
  }
  return lines;
}

function linesAfter(log: string, start: number, limit: number): string[] {
  const lines: string[] = [];
  const isModpost = modpostError.test(lineAt(log, start));
  for (let end = log.indexOf('\n', start); end >= 0 && lines.length < limit; ) {
    const line = lineAt(log, end + 1);
    if (!isContinuation(line) && !(isModpost && modpostError.test(line))) break;
    lines.push(line);
    end = log.indexOf('\n', end + 1);
  }
  return lines;
}

// What gcc, clang, as and ld print before the error it leads to.
const introduction =
  /^In file included from |^ +from \S+:\d+|: In function [`'‘]|: in function [`'‘]|: At top level:$|: Assembler messages:$/;

// Quoted source, carets, notes and lld's references; but not kbuild's own two blanks and a step name, `  CC [M]  foo.o`.
function isContinuation(line: string): boolean {
  if (/^ {2}[A-Z][A-Z0-9_]+(?: \[M\])? +\S/.test(line)) return false;
  return /^(?:\s+\S|>>> |\d+ +\|)/.test(line) || /:\d+: note: /.test(line);
}

function lineAt(log: string, start: number): string {
  const end = log.indexOf('\n', start);
  return log.slice(start, Math.min(end < 0 ? log.length : end, start + maximumLength)).trimEnd();
}

function lineNumber(log: string, start: number): number {
  let number = 1;
  for (let at = log.indexOf('\n'); at >= 0 && at < start; at = log.indexOf('\n', at + 1)) number += 1;
  return number;
}
