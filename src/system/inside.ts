/** Where an engine finds itself that was brought into a root, for as long as it runs. */
export const enginePlace = '/run/kmodsmith-engine';

export const engineInside = `${enginePlace}/cli.mjs`;

/** Whether all that we see is a root that an engine outside of it was told to work on (enter-root.ts). */
export const isInside: boolean = process.argv[1] === engineInside;
