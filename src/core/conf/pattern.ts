/** Patterns are POSIX extended expressions, unanchored; one that JavaScript cannot read matches nothing. */
export function matchesPattern(pattern: string, text: string): boolean {
  const translated = pattern.replace(
    /\[:([a-z]+):\]/g,
    (whole, name: string) => characterClasses[name] ?? whole,
  );
  try {
    return new RegExp(translated).test(text);
  } catch {
    return false;
  }
}

/** POSIX character classes (regex(7)) as they stand between JavaScript's brackets. */
const characterClasses: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};
