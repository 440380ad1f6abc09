/** Names that no run may leave behind, whether it was disturbed or not: work of ours that was not brought to its end. */
export const leftoverNames: readonly RegExp[] = [
  /^\.kmodsmith-/,
  /^\.tmp_/,
  /^\.old_/,
  /^\.build/,
  /^\.new\./,
  /\.kmodsmith-(new|old|keep)$/,
  // depmod's own.
  /^modules\.[a-z.]+\.\d+\.\d+\.\d+$/,
  /^journal\.json$/,
  /^jobserver$/,
  /^probes$/,
];

/** Below these folders the engine writes. */
export const ownFolders = ['/var/lib/dkms', '/var/lib/kmodsmith', '/lib/modules', '/usr/src'] as const;
