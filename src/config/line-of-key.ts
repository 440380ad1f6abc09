import { parse } from 'smol-toml';

/** The line, from 1, on which a key or the header of a section is first written; else of what its path begins with. */
export type LineOfKey = (path: readonly string[]) => number | undefined;

/** The parser does not tell lines; this looks for them, for messages, in a document that the parser takes. */
export function linesOfKeys(text: string): LineOfKey {
  const root = readKeys(text);
  return (path) => {
    let node = root;
    for (const key of path) {
      const next = node.keys.get(key);
      if (next === undefined) break;
      node = next;
    }
    return node.line;
  };
}

interface Node {
  readonly line?: number;
  readonly keys: Map<string, Node>;
}

interface Reading {
  readonly root: Node;
  /** What the last header has opened. */
  section: Node;
  /** What the key at hand has led to so far. */
  at: Node;
  inValue: boolean;
  /** The brackets of the value that are open: what an inline table belongs to, nothing for an array. */
  readonly open: (Node | undefined)[];
}

/** What a document consists of, besides blanks: https://toml.io/en/v1.1.0 */
const tokens = new RegExp(
  [
    /#[^\n]*/,
    /"""(?:\\[\s\S]|[^\\])*?"{3,5}/,
    /'''[\s\S]*?'{3,5}/,
    /"(?:\\[^\n]|[^"\\\n])*"/,
    /'[^'\n]*'/,
    /[A-Za-z0-9_-]+/,
    /\n|\S/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

function readKeys(text: string): Node {
  const root: Node = { keys: new Map() };
  const reading: Reading = { root, section: root, at: root, inValue: false, open: [] };
  let line = 1;
  for (const [token] of text.matchAll(tokens)) {
    if (token === '\n' && reading.open.length === 0) startLine(reading);
    else if (reading.inValue) readValueToken(reading, token);
    else readKeyToken(reading, token, line);
    line += token.split('\n').length - 1;
  }
  return root;
}

function startLine(reading: Reading): void {
  reading.at = reading.section;
  reading.inValue = false;
}

function readKeyToken(reading: Reading, token: string, line: number): void {
  if (token === '\n' || token === '.' || token.startsWith('#')) return;
  if (token === '[') reading.at = reading.root;
  else if (token === ']') reading.section = reading.at;
  else if (token === '}') reading.open.pop();
  else if (token !== '=') reading.at = enter(reading.at, keyOf(token), line);
  reading.inValue = ']}='.includes(token);
}

function readValueToken(reading: Reading, token: string): void {
  if (token === '[') reading.open.push(undefined);
  if (token === '{') reading.open.push(reading.at);
  if (token === ']' || token === '}') reading.open.pop();
  const table = token === '{' || token === ',' ? reading.open.at(-1) : undefined;
  if (table === undefined) return;
  reading.at = table;
  reading.inValue = false;
}

function enter(node: Node, key: string, line: number): Node {
  const known = node.keys.get(key);
  if (known !== undefined) return known;
  const made: Node = { line, keys: new Map() };
  node.keys.set(key, made);
  return made;
}

/** As it is meant: bare, "with \u0065scapes" or 'literal'. */
function keyOf(token: string): string {
  return /^["']/.test(token) ? (Object.keys(parse(`${token} = 0`))[0] ?? '') : token;
}
