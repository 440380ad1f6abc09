import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KmodsmithError } from '../../../src/errors.ts';
import { includeParts } from '../../../src/render/include-parts.ts';
import { renderTemplate } from '../../../src/render/render-template.ts';
import { findUnhelped } from '../../../src/render/unhelped.ts';

const render = (template: string, view: object) => renderTemplate({ template, name: 'test.hbs' }, view);

it('renders values through their helpers, without HTML escapes', () => {
  const template =
    '# {{comment title}}\n{{#if on}}\nx={{sh value}}\n{{/if}}\n{{#each list}}\n{{word this}}\n{{/each}}\n';
  const view = { title: '<&>', on: true, value: '<"&">', list: ['a', 'b'] };
  expect(render(template, view)).toBe('# <&>\nx=\'<"&">\'\na\nb\n');
});

describe('a part', () => {
  const compose = (template: string, parts: Record<string, string>) =>
    renderTemplate({ template, name: 'test.hbs', parts }, { value: "it's", list: ['a'] });

  it('is taken in as text, with parts of its own', () => {
    const parts = { outer: 'b\n{{> inner}}\n', inner: '{{sh value}}\n' };
    expect(compose('a\n{{> outer}}\nc\n', parts)).toBe("a\nb\n'it'\\''s'\nc\n");
  });

  it('may close what it did not open, as it is checked as a whole', () => {
    expect(compose('{{#each list}}\n{{> rest}}\n', { rest: '{{word this}}\n{{/each}}\n' })).toBe('a\n');
  });

  it.each([
    ['has a mustache without a helper', { part: '{{value}}\n' }, 'a mustache without a helper'],
    [
      'hides one behind another part',
      { part: '{{> inner}}\n', inner: '{{{sh value}}}\n' },
      'not to be escaped',
    ],
    ['takes itself in', { part: '{{> part}}\n' }, 'a partial'],
    ['is not there', {}, 'a partial'],
    ['is called like something of every object', { constructor: 'x' }, 'a partial'],
  ])('is refused when it %s', (_what, parts, why) => {
    expect(() => compose('{{> part}}\n', parts as Record<string, string>)).toThrow(why);
  });

  it('stands on a line of its own', () => {
    expect(() => compose('x {{> part}}\n', { part: 'y\n' })).toThrow('a partial');
  });
});

it('takes a missing condition as false', () => {
  expect(render('{{#if off}}a{{else}}b{{/if}}{{#unless off}}c{{/unless}}', {})).toBe('bc');
});

it.each([
  ['{{value}}', 'a mustache without a helper'],
  ['{{{value}}}', 'asks not to be escaped'],
  ['{{{sh value}}}', 'asks not to be escaped'],
  ['{{&sh value}}', 'asks not to be escaped'],
  ['{{sh}}', 'one value'],
  ['{{sh a b}}', 'one value'],
  ['{{sh a b=c}}', 'one value'],
  ['{{this.sh value}}', 'without a helper'],
  ['{{lookup a "b"}}', 'without a helper'],
  ['{{log a}}', 'without a helper'],
  ['{{"text"}}', 'without a helper'],
  ['{{@sh value}}', 'without a helper'],
  ['{{sh (lookup a "b")}}', 'nested expression'],
  ['{{#if (sh a)}}x{{/if}}', 'nested expression'],
  ['{{#each list as |sh|}}{{sh this}}{{/each}}', 'block parameters'],
  ['{{#with a}}x{{/with}}', 'block other than'],
  ['{{#value}}x{{/value}}', 'block other than'],
  ['{{^value}}x{{/value}}', 'block other than'],
  ['{{{{raw}}}}{{x}}{{{{/raw}}}}', 'block other than'],
  ['{{> part}}', 'a partial'],
  ['{{> (lookup . "name")}}', 'a partial'],
  ['{{#> part}}x{{/part}}', 'a partial'],
  ['{{#*inline "a"}}x{{/inline}}', 'a decorator'],
  ['{{* a}}', 'a decorator'],
  ['{{#if a}}{{#each b}}{{else}}{{c}}{{/each}}{{/if}}', 'without a helper'],
  ['{{#if a', 'Parse error'],
])('refuses to compile %s', (template, why) => {
  try {
    render(template, { value: 'x', a: 'x', list: ['x'], part: 'x' });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(KmodsmithError);
    expect((error as KmodsmithError).code).toBe('RENDER_UNSAFE');
    expect((error as KmodsmithError).message).toContain('template test.hbs: ');
    expect((error as KmodsmithError).message).toContain(why);
  }
});

it.each([
  ['{{sh missing}}', {}],
  ['{{#each missing}}x{{/each}}', {}],
  ['{{#each object}}{{sh this}}{{/each}}', { object: { a: 'b' } }],
  ['{{sh constructor}}', {}],
  ['{{word value}}', { value: 'two words' }],
])('refuses to render %s with %j', (template, view) => {
  expect(() => render(template, view)).toThrow(KmodsmithError);
});

it('is not fooled by a view that brings its own helpers', () => {
  expect(render('{{sh value}}', { value: '$x', sh: () => 'raw', helpers: { sh: () => 'raw' } })).toBe("'$x'");
});

const templates = readdirSync('templates', { recursive: true, withFileTypes: true }).filter((entry) =>
  entry.isFile(),
);

it('has templates to check', () => expect(templates.length).toBeGreaterThan(3));

/** Parts are checked where they end up, and alone. */
const parts = Object.fromEntries(
  templates
    .filter(({ parentPath }) => parentPath.endsWith('/parts'))
    .map((entry) => [entry.name.split('.')[0], readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8')]),
);

it.each(templates.map((entry) => `${entry.parentPath}/${entry.name}`))(
  '%s has no unhelped mustache',
  (path) => {
    expect(path).toMatch(/\.hbs$/);
    const template = includeParts(readFileSync(path, 'utf8'), { ...parts, snippet: '' });
    expect(findUnhelped(template)).toEqual([]);
  },
);
