import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedVariables } from '../../src/adapters/hook-call.ts';
import { adapters } from '../../src/adapters/index.ts';
import { eventParsers } from '../../src/adapters/parse-event.ts';

const folder = 'src/adapters';
const folders = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

it('registers every folder, and has a folder for all it registers', () => {
  expect([...adapters.keys()].sort()).toEqual(folders.sort());
  for (const [id, adapter] of adapters) expect(adapter.id).toBe(id);
});

it('reads events by the same functions without loading the renderers', () => {
  const parsers = [...adapters].map(([id, adapter]) => [id, adapter.parseEvent]);
  expect([...eventParsers]).toEqual(parsers);
});

it.each(folders)('%s has the same files as every adapter', (id) => {
  const files = ['README.md', 'events.ts', 'index.ts', 'names.ts', 'render.ts'];
  expect(readdirSync(join(folder, id)).sort()).toEqual(files);
});

const odd = [
  '',
  ' ',
  '-',
  '--',
  '..',
  '/',
  '../../x',
  'a\nb',
  'a\0b',
  '$(x)',
  '\ud800',
  '__proto__',
  'x'.repeat(1e5),
];

describe.each([...adapters.values()])('$id', (adapter) => {
  it('has entries, each once', () => {
    expect(adapter.entries.length).toBeGreaterThan(0);
    expect(new Set(adapter.entries).size).toBe(adapter.entries.length);
  });

  it.each([...adapter.entries, 'no such entry', ''])('takes any call of %j without throwing', (entry) => {
    const base = { adapter: adapter.id, entry, at: 0 };
    const results = [adapter.parseEvent({ ...base, args: [], env: {} })];
    for (const text of odd) {
      const env = Object.fromEntries(recordedVariables.map((name) => [name, text]));
      for (const args of [[], [text], [text, text]]) results.push(adapter.parseEvent({ ...base, args, env }));
    }
    for (const result of results) {
      if ('chore' in result) expect(result.chore).toBeTruthy();
      else expect('ignored' in result ? result.ignored : result.length).toBeTruthy();
    }
  });

  it('gives events the time of their call and leaves the call alone', () => {
    for (const entry of adapter.entries) {
      const call = Object.freeze({
        adapter: adapter.id,
        entry,
        args: Object.freeze(['configure', '1']),
        env: Object.freeze({}),
        at: 42,
      });
      const result = adapter.parseEvent(call);
      if (!('ignored' in result || 'chore' in result))
        expect(result.map((event) => event.at)).toEqual(result.map(() => 42));
    }
  });

  const rendered = adapter.renderHooks({ kind: 'toolkit' });

  it('renders to relative paths, each once', () => {
    const paths = rendered.map((file) => file.path);
    expect(paths.length).toBeGreaterThan(0);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) {
      expect(path).not.toMatch(/^\/|(^|\/)\.{0,2}(\/|$)/);
    }
  });

  it.each(rendered)(
    'renders $path with a sane mode, a last newline and no trailing blanks',
    ({ content, mode }) => {
      expect(mode).toBe(content.startsWith('#!') ? 0o755 : 0o644);
      expect(content).toMatch(/[^\n]\n$/);
      expect(content).not.toMatch(/[ \t]$|\r|\{\{|\}\}/m);
    },
  );

  it('renders the same twice', () => {
    expect(adapter.renderHooks({ kind: 'toolkit' })).toEqual(rendered);
  });
});
