import type { Adapter } from '../types.ts';
import { parseRpmEvent } from './events.ts';
import { entries } from './names.ts';
import { renderRpmHooks } from './render.ts';

/** rpm, as Fedora, RHEL, openSUSE and what stems from them use it, by itself or under dnf or zypper. */
export const rpmAdapter: Adapter = {
  id: 'rpm',
  entries,
  parseEvent: parseRpmEvent,
  renderHooks: renderRpmHooks,
};
