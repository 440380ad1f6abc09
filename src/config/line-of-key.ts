/**
 * The line (from 1) on which a TOML document first writes a key or the header of a section; undefined when it is
 * spelled in a way that is not looked for, such as with escapes. For messages only: the parser is what decides.
 */
export function lineOfKey(text: string, path: readonly string[]): number | undefined {
  const lines = significantLines(text);
  for (let length = path.length; length > 0; length--) {
    const written = path.slice(0, length).map(spellings).join('\\s*\\.\\s*');
    const key = new RegExp(`^\\s*${written}\\s*[=.]`, 'u');
    const header = new RegExp(`^\\s*\\[\\[?\\s*${written}\\s*[\\].]`, 'u');
    const firstHeader = lines.findIndex((line) => /^\s*\[/.test(line));
    const index = lines.findIndex(
      (line, at) => header.test(line) || ((firstHeader === -1 || at < firstHeader) && key.test(line)),
    );
    if (index !== -1) return index + 1;
  }
  return undefined;
}

/** Bare, "basic" or 'literal': https://toml.io/en/v1.0.0#keys */
function spellings(key: string): string {
  const literal = key.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return `(?:${literal}|"${literal}"|'${literal}')`;
}

/** The lines, with those that lie inside of a multi-line string emptied. */
function significantLines(text: string): string[] {
  let open: string | undefined;
  return text.split('\n').map((line) => {
    const inside = open !== undefined;
    for (const [quotes] of line.matchAll(/"""|'''/g)) {
      if (open === undefined) open = quotes;
      else if (open === quotes) open = undefined;
    }
    return inside ? '' : line;
  });
}
