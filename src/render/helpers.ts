import { KmodsmithError } from '../errors.ts';

/** The only ways for a value to get from the view into a rendered file. */
export const helpers = { sh, spec, fish, word, comment, roff, html };

/**
 * One word for a POSIX shell, whatever it contains: in single quotes, where only the quote itself is special.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 * @throws KmodsmithError RENDER_UNSAFE for a value that is no string, or has a NUL, which no shell can hold
 */
export function sh(value: unknown): string {
  const text = requireText('sh', value);
  if (text.includes('\0')) throw refuse('sh', text);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * One word for a POSIX shell in a scriptlet of a spec, where rpm expands macros first: rpm-spec(5).
 * @throws KmodsmithError RENDER_UNSAFE as `sh`, and for more than one line
 */
export function spec(value: unknown): string {
  return comment(sh(value)).replaceAll('%', '%%');
}

/**
 * One word for fish, whose single quotes let a backslash quote itself and the quote, and nothing else.
 * https://fishshell.com/docs/current/language.html#quotes
 * @throws KmodsmithError RENDER_UNSAFE as `sh`
 */
export function fish(value: unknown): string {
  const text = requireText('fish', value);
  if (text.includes('\0')) throw refuse('fish', text);
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/**
 * Text of a manual page, also inside of a quoted argument of a macro: man(7) and groff_char(7) say what is special.
 * @throws KmodsmithError RENDER_UNSAFE for anything but printable ASCII on one line
 */
export function roff(value: unknown): string {
  const text = requireText('roff', value);
  if (!/^[\x20-\x7e]*$/.test(text)) throw refuse('roff', text);
  return text.replace(/[\\"'`^~-]/g, (character) => roffNames[character] ?? '').replace(/^\./, '\\&.');
}

const roffNames: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '"': '\\(dq',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  '-': '\\-',
};

/**
 * Text of an HTML page, also inside of a quoted attribute: https://html.spec.whatwg.org/multipage/syntax.html#escapingString
 * @throws KmodsmithError RENDER_UNSAFE for a value that is no string, or has a control character, which HTML forbids
 */
export function html(value: unknown): string {
  const text = requireText('html', value);
  if (/[^\P{Cc}\t\n]/u.test(text)) throw refuse('html', text);
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * A value for formats that have no quoting, as it is.
 * @throws KmodsmithError RENDER_UNSAFE for anything but a plain word
 */
export function word(value: unknown): string {
  const text = requireText('word', value);
  if (!/^[A-Za-z0-9_.+:@%/,=~-]+$/.test(text)) throw refuse('word', text);
  return text;
}

/**
 * Text inside of a `#` comment line.
 * @throws KmodsmithError RENDER_UNSAFE for what could end the line: newlines, control characters
 */
export function comment(value: unknown): string {
  const text = requireText('comment', value);
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) throw refuse('comment', text);
  return text;
}

/** Handlebars hands undefined to a helper for a name that the view does not have, even in strict mode. */
function requireText(helper: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new KmodsmithError('RENDER_UNSAFE', `{{${helper}}} needs a string and got ${typeof value}`);
}

function refuse(helper: string, text: string): KmodsmithError {
  return new KmodsmithError('RENDER_UNSAFE', `{{${helper}}} does not let ${JSON.stringify(text)} pass`);
}
