import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IndexState } from '../scenario.ts';
import type { Snapshot } from './snapshot.ts';

const trees = '/usr/lib/modules';
const known = new Map<string, IndexState>();

/** Whether each kernel's modules.dep says what depmod would say now. */
export function moduleIndexes(snapshot: Snapshot): Record<string, IndexState> {
  const releases = existsSync(trees) ? readdirSync(trees).sort() : [];
  return Object.fromEntries(releases.map((release) => [release, indexState(release, snapshot)]));
}

function indexState(release: string, snapshot: Snapshot): IndexState {
  const path = `${trees}/${release}/modules.dep`;
  if (!existsSync(path)) return 'absent';
  const index = readFileSync(path, 'utf8');
  const objects = [...snapshot].filter(([file]) => file.startsWith(`${trees}/${release}/`));
  const key = JSON.stringify([index, objects]);
  const state = known.get(key) ?? compare(release, index);
  known.set(key, state);
  return state;
}

function compare(release: string, index: string): IndexState {
  const wanted = spawnSync('depmod', ['-n', release], { encoding: 'utf8' });
  if (wanted.status !== 0) return 'stale';
  const lines = (text = '') => text.split('\n').filter((line) => /^[^#\s]+:/.test(line));
  const fresh = lines(wanted.stdout.split('# Aliases')[0]).sort().join('\n');
  return fresh === lines(index).sort().join('\n') ? 'fresh' : 'stale';
}
