import { createHash } from 'node:crypto';

/** The same numbers for the same seed. */
export interface Random {
  /** From 0 up to 1. */
  fraction(): number;
  pick<T>(choices: readonly T[]): T;
}

export function randomFrom(seed: string): Random {
  let count = 0;
  const fraction = () => createHash('sha256').update(`${seed} ${count++}`).digest().readUInt32BE() / 2 ** 32;
  return { fraction, pick: (choices) => choices[Math.floor(fraction() * choices.length)] as never };
}
