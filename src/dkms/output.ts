/** What the drop-in says: results and progress on stdout, all that is wrong on stderr, nothing with -q. */
export interface Output {
  quiet: boolean;
  say(line: string): void;
  /** A line that is not finished yet; `say` ends it. */
  begin(text: string): void;
  warn(line: string): void;
}

export function openOutput(): Output {
  const output: Output = {
    quiet: false,
    say: (line) => output.quiet || process.stdout.write(`${line}\n`),
    begin: (text) => output.quiet || process.stdout.write(text),
    warn: (line) => output.quiet || process.stderr.write(`Warning: ${line}\n`),
  };
  return output;
}
