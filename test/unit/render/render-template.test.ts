import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KmodsmithError } from '../../../src/errors.ts';
import { renderTemplate } from '../../../src/render/render-template.ts';
import { findUnhelped } from '../../../src/render/unhelped.ts';

const render = (template: string, view: object) => renderTemplate({ template, name: 'test.hbs' }, view);

it('renders values through their helpers, without HTML escapes', () => {
  const template =
    '# {{comment title}}\n{{#if on}}\nx={{sh value}}\n{{/if}}\n{{#each list}}\n{{word this}}\n{{/each}}\n';
  const view = { title: '<&>', on: true, value: '<"&">', list: ['a', 'b'] };
  expect(render(template, view)).toBe('# <&>\nx=\'<"&">\'\na\nb\n');
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

it.each(templates.map((entry) => `${entry.parentPath}/${entry.name}`))(
  '%s has no unhelped mustache',
  (path) => {
    expect(path).toMatch(/\.hbs$/);
    expect(findUnhelped(readFileSync(path, 'utf8'))).toEqual([]);
  },
);
