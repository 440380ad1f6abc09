import { parseDpkgEvent } from './dpkg/events.ts';
import { parsePacmanEvent } from './pacman/events.ts';
import { parseRpmEvent } from './rpm/events.ts';
import type { Adapter, HookCall, Meaning } from './types.ts';

/** The reading half of every adapter; index.ts has both halves (test/contract/adapters.test.ts). */
export const eventParsers: ReadonlyMap<string, Adapter['parseEvent']> = new Map([
  ['dpkg', parseDpkgEvent],
  ['pacman', parsePacmanEvent],
  ['rpm', parseRpmEvent],
]);

/**
 * What a recorded call means, by the adapter that it names; never throws. For hooks, which run for every package
 * event: it leaves the template engine out (6 ms and 240 KB of a bundle).
 */
export function parseEvent(call: HookCall): Meaning {
  const parse = eventParsers.get(call.adapter);
  return parse?.(call) ?? { ignored: `unknown-adapter: ${JSON.stringify(call.adapter)}` };
}
