import { archives } from './archives.ts';
import { corners } from './corners.ts';
import { decided } from './decided.ts';
import type { KnownDifference } from './known-difference.ts';
import { newerDkms } from './newer-dkms.ts';

export const knownDifferences: readonly KnownDifference[] = [
  ...decided,
  ...corners,
  ...archives,
  ...newerDkms,
];
