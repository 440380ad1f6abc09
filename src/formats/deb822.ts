import { parse, stringify } from 'debian-control';

/** Fields by their names as written. The lines of a value are separated by newlines, blanks around them off. */
export type Paragraph = ReadonlyMap<string, string>;

export interface Refused {
  /** The line and what is wrong with it. */
  readonly refused: string;
}

/**
 * The paragraphs of a control file (deb822(5)). The parser behind it takes one paragraph for another's end, passes over lines
 * that it does not understand, and keeps the last of two fields of one name; hence each paragraph is judged here first.
 */
export function parseDeb822(text: string): readonly Paragraph[] | Refused {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const paragraphs: Paragraph[] = [];
  for (const { first, own } of splitParagraphs(lines)) {
    const refused = judgeLines(own, first);
    if (refused !== undefined) return { refused };
    const fields = Object.entries(parse(own.map(({ text: line }) => line).join('\n')));
    paragraphs.push(new Map(fields.map(([name, value]) => [name, [value].flat().join('\n')])));
  }
  return paragraphs;
}

/** A control file of these paragraphs; undefined where one has a field that no control file can hold. */
export function formatDeb822(paragraphs: readonly Paragraph[]): string | undefined {
  const texts = paragraphs.map(formatParagraph);
  const text = texts.map((paragraph) => `${paragraph}\n`).join('\n');
  const again = parseDeb822(text);
  return 'refused' in again || !isEqual(again, paragraphs) ? undefined : text;
}

/** One field at a time, since the order of an object's keys is not always theirs. */
function formatParagraph(paragraph: Paragraph): string {
  return [...paragraph]
    .map(([name, value]) => stringify(fieldOf(name, value.includes('\n') ? value.split('\n') : value)))
    .join('\n');
}

/** Without a prototype, `__proto__` is a name like any other; it is refused when the text is read again. */
function fieldOf(name: string, value: string | string[]): Record<string, string | string[]> {
  return Object.assign(Object.create(null), { [name]: value });
}

function isEqual(a: readonly Paragraph[], b: readonly Paragraph[]): boolean {
  return JSON.stringify(a.map((one) => [...one])) === JSON.stringify(b.map((one) => [...one]));
}

interface Line {
  readonly number: number;
  readonly text: string;
}

/** Comments are no part of any paragraph, and do not end one. */
function splitParagraphs(lines: readonly string[]): { first: number; own: Line[] }[] {
  const found: { first: number; own: Line[] }[] = [];
  let isInside = false;
  for (const [index, text] of lines.entries()) {
    if (text.startsWith('#')) continue;
    const isBlank = /^[ \t]*$/.test(text);
    if (!isBlank && !isInside) found.push({ first: index + 1, own: [] });
    if (!isBlank) found.at(-1)?.own.push({ number: index + 1, text });
    isInside = !isBlank;
  }
  return found;
}

/** Any printable ASCII but blanks and the colon, no `#` or `-` in front: Debian policy, section 5.1. */
const fieldLine = /^([!-9;-~]+):(?:.*)$/;

function judgeLines(lines: readonly Line[], first: number): string | undefined {
  const names = new Set<string>();
  for (const { number, text } of lines) {
    const problem = judgeLine(text, { names, isFirst: number === first });
    if (problem !== undefined) return `line ${number}: ${problem}`;
  }
  return undefined;
}

function judgeLine(text: string, { names, isFirst }: { names: Set<string>; isFirst: boolean }) {
  if (/[\r\u2028\u2029]/.test(text)) return 'a line break within a line';
  if (/^[ \t]/.test(text)) return isFirst ? 'a paragraph begins with a continued line' : undefined;
  const [, name] = fieldLine.exec(text) ?? [];
  if (name === undefined || name.startsWith('-')) return 'neither a field nor a continued line';
  // What every object has would not become a field of one.
  if (name === '__proto__') return `a field called ${name}`;
  if (names.has(name.toLowerCase())) return `a second field ${name}`;
  names.add(name.toLowerCase());
  return undefined;
}
