import type { Adapter } from '../types.ts';
import { parsePacmanEvent } from './events.ts';
import { imagesEntry, operationEntries, runEntry, toolkitEntry } from './names.ts';
import { renderPacmanHooks } from './render.ts';

/** pacman, as Arch and what stems from it use it. */
export const pacmanAdapter: Adapter = {
  id: 'pacman',
  entries: [...operationEntries.map(({ entry }) => entry), runEntry, imagesEntry, toolkitEntry],
  parseEvent: parsePacmanEvent,
  renderHooks: renderPacmanHooks,
};
