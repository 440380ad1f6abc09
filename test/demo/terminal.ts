import type { WriteStream } from 'node:tty';

/** Lines are wrapped to this many columns. */
const columns = 100;

export interface Terminal {
  headline(text: string): void;
  paragraph(text: string): void;
  command(line: string): void;
  output(text: string): void;
  passed(text: string): void;
  problem(text: string): void;
}

/** Writes the demo's text; in colour only where somebody looks at it (https://no-color.org). */
export function openTerminal(stream: WriteStream, environment = process.env): Terminal {
  const coloured = stream.isTTY && !environment['NO_COLOR'];
  const paint = (code: number, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const print = (line: string) => stream.write(`${line}\n`);
  return {
    headline: (text) => print(`\n${paint(1, text)}\n${paint(2, '-'.repeat(text.length))}`),
    paragraph: (text) => print(wrap(text, '').join('\n')),
    command: (line) =>
      print(
        wrap(line, '$ ', '    ', ' \\')
          .map((part) => paint(36, part))
          .join('\n'),
      ),
    output: (text) => {
      for (const line of text.trimEnd().split('\n'))
        if (line !== '') print(wrap(line, '    ', '      ').join('\n'));
    },
    passed: (text) =>
      print(
        wrap(text, '  + ', '    ')
          .map((part) => paint(32, part))
          .join('\n'),
      ),
    problem: (text) =>
      print(
        text
          .split('\n')
          .map((line) => paint(31, line))
          .join('\n'),
      ),
  };
}

/** Breaks a line at blanks; what follows the first piece is indented, what is longer than a line stays whole. */
function wrap(line: string, prefix: string, indent = ' '.repeat(prefix.length), continued = ''): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    const start = lines.length === 0 ? prefix : indent;
    const longer = current === '' ? `${start}${word}` : `${current} ${word}`;
    if (current !== '' && longer.length + continued.length > columns) {
      lines.push(`${current}${continued}`);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current];
}
