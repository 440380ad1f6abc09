import { type KnownDifference, stateAndExit } from './known-difference.ts';

const readers = ["dkms's is read by ours", 'ours is read by ours'];
const binaries = ['binaries only', 'binaries of all'];
const loading = (who: readonly string[], kinds: readonly string[]) =>
  who.flatMap((reader) => kinds.map((kind) => `ldtarball: ${reader}, ${kind}`));

/** What we do otherwise than any dkms with archives and sources. */
export const archives: readonly KnownDifference[] = [
  {
    id: 'builds without a source are seen',
    why: '§12.18, 68',
    where: loading(['ours is read by dkms', ...readers], binaries),
    matches: stateAndExit,
  },
  {
    id: 'loading by force ends well',
    why: '§12.18',
    where: ['ldtarball: what is there already', 'ldtarball: a plain source twice'],
    matches: stateAndExit,
  },
  {
    id: 'a source is never merged into',
    why: '§12.19, 69',
    where: ['add: a folder over another source'],
    matches: stateAndExit,
  },
];
