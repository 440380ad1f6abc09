import { noteUnseen } from '../system/looks.ts';

/** A line for the person or the log, about what stops nothing. */
export function warn(message: string): void {
  // Who is not told the next time would think that it is mended.
  noteUnseen();
  process.stderr.write(`kmodsmith: ${message}\n`);
}
