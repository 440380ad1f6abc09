/**
 * The lines `NAME=value` of a file that shells could read, as of os-release(5), without expanding anything. The last of
 * two equal names counts.
 */
export function parseShellAssignments(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const rawLine of text.split('\n')) {
    const line = rawLine.trim();
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(equals, 0));
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) fields.set(name, shellValue(line.slice(equals + 1)));
  }
  return fields;
}

/** The value as sh would assign it: up to the first unquoted blank or comment, quotes and backslashes undone. */
function shellValue(text: string): string {
  const characters: string[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (character === quote) quote = '';
    else if (quote === '' && /\s/.test(character)) break;
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && isEscape(quote, next)) {
      characters.push(next);
      at += 1;
    } else characters.push(character);
  }
  return characters.join('');
}

// sh: in double quotes a backslash only escapes these; in single quotes nothing; elsewhere any character.
function isEscape(quote: string, next: string): boolean {
  return quote === '' ? next !== '' : quote === '"' && next !== '' && '$`"\\'.includes(next);
}
