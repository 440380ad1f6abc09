import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDeb822, type Paragraph, parseDeb822 } from '../../../src/formats/deb822.ts';

const read = (text: string) => {
  const parsed = parseDeb822(text);
  return 'refused' in parsed ? parsed.refused : parsed.map((paragraph) => Object.fromEntries(paragraph));
};

it('tells paragraphs apart, whatever blank lines are between them', () => {
  const text = '\n\nSource: toy\nSection: kernel\n\n \t\n\nPackage: toy-dkms\nArchitecture: all\n\n';
  expect(read(text)).toEqual([
    { Source: 'toy', Section: 'kernel' },
    { Package: 'toy-dkms', Architecture: 'all' },
  ]);
});

it.each(['', '\n', ' \n\t\n', '# nothing\n'])('finds no paragraph in %j', (text) => {
  expect(read(text)).toEqual([]);
});

it('reads files with carriage returns as those without', () => {
  expect(read('Source: toy\r\nDepends: a,\r\n b\r\n\r\nPackage: toy-dkms\r\n')).toEqual([
    { Source: 'toy', Depends: 'a,\nb' },
    { Package: 'toy-dkms' },
  ]);
});

it('keeps the lines of a value, the empty ones as they are written', () => {
  const text = 'Package: toy\nDescription: toys\n one\n .\n  two: three\nDepends:\n a,\n\tb\n';
  expect(read(text)).toEqual([
    { Package: 'toy', Description: 'toys\none\n.\ntwo: three', Depends: '\na,\nb' },
  ]);
});

it('passes over comments, also in the middle of a field', () => {
  expect(read('# first\nSource: toy\n#Section: kernel\nDepends: a,\n# why\n b\n')).toEqual([
    { Source: 'toy', Depends: 'a,\nb' },
  ]);
});

it.each([
  ['Source: toy\nno field here\n', 'line 2: neither a field nor a continued line'],
  ['Source: toy\n\n continued\n', 'line 3: a paragraph begins with a continued line'],
  ['Source: toy\nsource: other\n', 'line 2: a second field source'],
  ['Source: toy\n__proto__: x\n', 'line 2: a field called __proto__'],
  ['-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n', 'line 1: neither a field nor a continued line'],
  ['-x: y\n', 'line 1: neither a field nor a continued line'],
  [': y\n', 'line 1: neither a field nor a continued line'],
  ['Söurce: toy\n', 'line 1: neither a field nor a continued line'],
  ['Source: toy\rPackage: other\n', 'line 1: a line break within a line'],
  ['Source: toy\u2028Package: other\n', 'line 1: a line break within a line'],
])('refuses %j', (text, refused) => {
  expect(read(text)).toBe(refused);
});

it('takes names that objects have, and numbers, as they stand', () => {
  const text = 'constructor: a\n2: b\n1: c\ntoString: d\n';
  const parsed = parseDeb822(text);
  expect('refused' in parsed ? [] : parsed.map((paragraph) => new Set(paragraph.keys()))).toEqual([
    new Set(['constructor', '2', '1', 'toString']),
  ]);
});

describe('formatting', () => {
  const name = fc.stringMatching(/^[A-Za-z!$%&*][!-9;-~]{0,12}$/).filter((text) => text !== '__proto__');
  const line = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((text) => text.replace(/[\p{Cc}\u2028\u2029]/gu, '').trim())
    .filter((text) => text !== '');
  const value = fc
    .tuple(fc.oneof(line, fc.constant('')), fc.array(line, { maxLength: 3 }))
    .map((lines) => lines.flat().join('\n'));
  const paragraph = fc
    .uniqueArray(fc.tuple(name, value), {
      minLength: 1,
      maxLength: 5,
      selector: ([field]) => field.toLowerCase(),
    })
    .map((fields): Paragraph => new Map(fields.filter(([field]) => !/^\d+$/.test(field))))
    .filter((fields) => fields.size > 0);

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(paragraph, { maxLength: 4 }), (paragraphs) => {
        const text = formatDeb822(paragraphs);
        expect(text).toBeDefined();
        expect(parseDeb822(text ?? '')).toEqual(paragraphs);
      }),
    );
  });

  it('leaves what it is given alone', () => {
    const paragraphs: Paragraph[] = [new Map([['Depends', '\na,\nb']])];
    expect(formatDeb822(paragraphs)).toBe('Depends:\n a,\n b\n');
    expect(paragraphs).toEqual([new Map([['Depends', '\na,\nb']])]);
  });

  it.each([
    ['a\n\nb', 'an empty line'],
    [' a', 'blanks in front'],
    ['a\rb', 'a carriage return'],
  ])('refuses %j: %s', (text) => {
    expect(formatDeb822([new Map([['Field', text]])])).toBeUndefined();
  });

  it('reads any text without throwing', () => {
    const piece = fc.constantFrom('A: b', ' c', '\n', '\r\n', '#', ':', '__proto__: x', '\u2028', 'B:', '\t');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          expect(parseDeb822(text)).toBeTypeOf('object');
        },
      ),
    );
  });
});
