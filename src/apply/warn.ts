/** A line for the person or the log, about what stops nothing. */
export function warn(message: string): void {
  process.stderr.write(`kmodsmith: ${message}\n`);
}
