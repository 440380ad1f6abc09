import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KmodsmithError } from '../../../src/errors.ts';
import { comment, fish, html, roff, sh, spec, word } from '../../../src/render/helpers.ts';
import { renderTemplate } from '../../../src/render/render-template.ts';
import { missingShell } from '../../support/complete.ts';
import { requireOrSkip } from '../../support/require-or-skip.ts';

function refusal(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return error instanceof KmodsmithError ? error.code : String(error);
  }
  return undefined;
}

describe('sh', () => {
  it.each([
    ['', "''"],
    ['plain', "'plain'"],
    ["it's", "'it'\\''s'"],
    ['$(reboot) `x` "y" \\', '\'$(reboot) `x` "y" \\\''],
    ['two\nlines', "'two\nlines'"],
  ])('quotes %j', (value, quoted) => expect(sh(value)).toBe(quoted));

  it('comes back from a real shell as it was, through a template', () => {
    const character = fc.oneof(
      fc.constantFrom("'", '"', '\\', '$', '`', '\n', '\r', '\t', '!', '*', '~', '{', '}', '&', '<'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const values = fc.array(character.filter((text) => !text.includes('\0')));
    const template = "printf '%s\\000'{{#each values}} {{sh this}}{{/each}}\n";
    fc.assert(
      fc.property(
        fc.array(
          values.map((parts) => parts.join('')),
          { minLength: 1 },
        ),
        (words) => {
          const script = renderTemplate({ template, name: 'words' }, { values: words });
          const output = execFileSync('/bin/sh', [], { input: script, encoding: 'utf8' });
          expect(output.split('\0').slice(0, -1)).toEqual(words);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each(['a\0b', undefined, null, 1, {}, ['a']])('refuses %j', (value) => {
    expect(refusal(() => sh(value))).toBe('RENDER_UNSAFE');
  });
});

describe('spec', () => {
  const missing =
    spawnSync('rpm', ['--version'], { stdio: 'ignore' }).error === undefined ? '' : 'rpm is not installed';

  it.each([
    ['6.1%x', "'6.1%%x'"],
    ['%{lua:os.exit()}', "'%%{lua:os.exit()}'"],
    ["it's 100%", "'it'\\''s 100%%'"],
  ])('quotes %j', (value, quoted) => expect(spec(value)).toBe(quoted));

  it.each(['a\nb', 'a\0', 1])('does not let %j pass', (value) =>
    expect(refusal(() => spec(value))).toBe('RENDER_UNSAFE'),
  );

  it('comes back from rpm as what sh makes of it', (context) => {
    requireOrSkip(context, missing);
    const value = fc.string({ unit: fc.constantFrom(...'%{}()$1xS:!?\'" ') });
    fc.assert(
      fc.property(value, (text) => {
        const output = execFileSync('rpm', ['--eval', spec(text)], { encoding: 'utf8' });
        expect(output).toBe(`${sh(text)}\n`);
      }),
      { numRuns: 30 },
    );
  });
});

describe('fish', () => {
  it.each([
    ['', "''"],
    ["it's", "'it\\'s'"],
    ["a\\b \\' $x (y)", "'a\\\\b \\\\\\' $x (y)'"],
  ])('quotes %j', (value, quoted) => expect(fish(value)).toBe(quoted));

  it('comes back from a real fish as it was', (context) => {
    requireOrSkip(context, missingShell('fish'));
    const character = fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '(',
      ')',
      '*',
      '~',
      '{',
      '}',
      '#',
      ';',
      ' ',
      'n',
      '\n',
    );
    const words = fc.array(
      fc.array(character).map((parts) => parts.join('')),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(words, (values) => {
        const script = `printf '%s\\0' ${values.map(fish).join(' ')}`;
        const output = execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' });
        expect(output.split('\0').slice(0, -1)).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });

  it.each(['a\0b', undefined, 1])('refuses %j', (value) => {
    expect(refusal(() => fish(value))).toBe('RENDER_UNSAFE');
  });
});

describe('roff', () => {
  it.each([
    ['plain words', 'plain words'],
    ['--dry-run', '\\-\\-dry\\-run'],
    ['.so /etc/passwd', '\\&.so /etc/passwd'],
    ["'br", '\\(aqbr'],
    ['say "it" \\fB', 'say \\(dqit\\(dq \\efB'],
    ['~^`', '\\(ti\\(ha\\(ga'],
  ])('writes %j as %j', (value, text) => expect(roff(value)).toBe(text));

  it.each(['a\nb', 'a\tb', 'größe', 'a\0', undefined])('refuses %j', (value) => {
    expect(refusal(() => roff(value))).toBe('RENDER_UNSAFE');
  });
});

describe('html', () => {
  it.each([
    ['plain – words', 'plain – words'],
    ['<script>alert(1)</script>', '&#60;script&#62;alert(1)&#60;/script&#62;'],
    [`" onclick='x'`, '&#34; onclick=&#39;x&#39;'],
    ['&lt; is not <', '&#38;lt; is not &#60;'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
  ])('writes %j as %j', (value, text) => expect(html(value)).toBe(text));

  it.each(['a\0', '\u001b[2J', '\r', '\u0085', undefined, 1])('refuses %j', (value) => {
    expect(refusal(() => html(value))).toBe('RENDER_UNSAFE');
  });
});

describe('word', () => {
  it.each(['a', '6.12.107+deb13-amd64', '1:2.3~rc1', '/usr/lib/x_y', 'a=b,c@d%e'])(
    'lets %s pass',
    (value) => {
      expect(word(value)).toBe(value);
    },
  );

  it.each(['', 'a b', 'a\n', '\na', "a'b", '$a', 'a;b', 'a`b', 'é', 'a\0', undefined, 7])(
    'refuses %j',
    (value) => {
      expect(refusal(() => word(value))).toBe('RENDER_UNSAFE');
    },
  );
});

describe('comment', () => {
  it.each(['', 'any `text` $(at) all', 'größer'])('lets %j pass', (value) =>
    expect(comment(value)).toBe(value),
  );

  it.each(['a\nb', 'a\rb', 'a\u2028b', 'a\u0085b', 'a\u001b[2J', 'a\0', undefined])('refuses %j', (value) => {
    expect(refusal(() => comment(value))).toBe('RENDER_UNSAFE');
  });
});
