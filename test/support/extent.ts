/** What a run plays of system tests that take long: `npm run test:long` all of it, `npm test` the first cases of each kind. */
export const isWhole = process.env['KMODSMITH_EXTENT'] === 'all';

/** The cases to play: all of them, or the first so many. */
export function sample<Case>(cases: readonly Case[], count: number): readonly Case[] {
  return isWhole ? cases : cases.slice(0, count);
}
