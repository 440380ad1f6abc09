import type { Adapter } from '../types.ts';
import { parseDpkgEvent } from './events.ts';
import { kernelEntries, moduleEntry, pluginEntry, toolkitEntry } from './names.ts';
import { renderDpkgHooks } from './render.ts';

/** dpkg, as Debian and Ubuntu use it. */
export const dpkgAdapter: Adapter = {
  id: 'dpkg',
  entries: [...kernelEntries, pluginEntry, toolkitEntry, moduleEntry],
  parseEvent: parseDpkgEvent,
  renderHooks: renderDpkgHooks,
};
