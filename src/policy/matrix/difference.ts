import type { Column } from './columns.ts';

/** What a preset does in another way than the distribution that it is named after, and why that is better. */
export interface Difference {
  /** The id of a row. */
  readonly row: string;
  readonly cells: Readonly<Partial<Record<Column, readonly [theirs: string, ours: string]>>>;
  /** No full stop. */
  readonly why: string;
}

/** What is better about what differs. */
export const whys = {
  swapped: 'the old build stays in use until the new one has been built and checked',
  stale:
    'only what is stale is built again, and the old build stays in use until the new one has been checked',
  carried: 'the old version stays in use until the new one is in its place, for every kernel that has it',
  lastGood: 'the build that works stays when the new one does not compile',
  notLost: 'what cannot be built again now is not taken away',
  aborted: 'what did not take place takes nothing away',
  once: 'built once: an image that follows its headers changes nothing that went into the build',
  early: 'the image may follow in the next transaction, and finds the module there',
  headersCount: 'new headers make a build as stale as a new image does (dkms issue #364)',
  shown: 'what has to wait, or is stale, is shown with the package to install, and built when that comes',
  notHeldUp:
    'one driver does not keep a kernel from being set up; it is shown, and tried again when something changes',
  noIsNo: "AUTOINSTALL=no means no everywhere; dkms takes it for a yes when the module's package comes",
  sameVersion: 'what was built of this version stays in use, and is shown when it is stale',
  inUse: 'the kernel that starts next gets the module, too',
  madeUp: 'what was missed, or became stale meanwhile, is made up for',
  noHandOver:
    'nothing has to be handed over through /tmp from the scripts of one package to those of the other',
} as const;
