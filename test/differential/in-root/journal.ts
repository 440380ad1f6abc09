import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Note } from '../scenario.ts';

const journal = '/run/twins/journal';

/** What has been written down since the last time. */
export function takeNotes(): Note[] {
  if (!existsSync(journal)) return [];
  const records = readFileSync(journal, 'utf8').split('\x1e').slice(0, -1);
  rmSync(journal);
  return records.map(parse);
}

function parse(record: string): Note {
  const [name = '', cwd = '', count = '', ...rest] = record.split('\0');
  const argv = rest.slice(0, Number(count));
  const env = rest.slice(Number(count)).filter((line) => line.includes('='));
  const pair = (line: string) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)];
  return { name, argv, cwd, env: Object.fromEntries(env.map(pair)) };
}
