import fc from 'fast-check';
import { checkOptions } from '../../../src/dkms/check-options.ts';
import { emptyCommandLine, type PathKind, readArguments } from '../../../src/dkms/command-line.ts';
import { actions, options } from '../../../src/dkms/options.ts';
import { KmodsmithError } from '../../../src/errors.ts';

const flags = Object.values(options).flatMap((option) => [...option.flags]);

const text = fc.oneof(
  fc.constantFrom(
    'foo',
    'foo/1.0',
    'a/b/c',
    '/',
    '',
    ' 6.1 ',
    '6.1/x86_64',
    '6.1/',
    'A=b',
    '=',
    '0',
    '-1',
    'dkms.conf',
  ),
  fc.constantFrom(
    '../..',
    '/etc/passwd',
    'x\ny',
    '\n',
    '__proto__',
    'constructor',
    'toString',
    'x'.repeat(5000),
    '\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

const flag = fc.constantFrom(...flags);

/** Options as they are, with a value, too short, too long, in one word; actions; anything. */
const word = fc.oneof(
  { weight: 4, arbitrary: flag },
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: fc.tuple(flag, text).map((parts) => parts.join('=')) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(actions)) },
  { weight: 1, arbitrary: fc.tuple(flag, text).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.tuple(flag, fc.nat({ max: 12 })).map(([name, length]) => name.slice(0, length)),
  },
  { weight: 1, arbitrary: fc.constantFrom('-', '--', '---', '-mk', '-k=6.1', '--no-all', '-hV') },
);

const argv = fc.array(word, { maxLength: 14 });

const kind = fc.constantFrom<PathKind>('file', 'source-folder', 'other');

/**
 * Reads generated command lines; throws on the first (and smallest) that is not read to its end, makes up a value, or is
 * refused by anything but an error of ours.
 */
export function fuzzArguments(run: { seed: number; numRuns: number }): void {
  fc.assert(
    fc.property(argv, fc.func(kind), (words, look) => {
      const first = read(words, look);
      expectSound(first, words);
      const second = read(words, look);
      if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error('it is read in two ways');
    }),
    run,
  );
}

interface Reading {
  readonly error?: { readonly code: string; readonly status: number; readonly message: string };
  readonly values: readonly string[];
  readonly action: string | undefined;
  readonly flags: readonly string[];
}

function read(words: readonly string[], look: (path: string) => PathKind): Reading {
  const line = emptyCommandLine();
  let error: Reading['error'];
  try {
    readArguments(words, line, look);
    checkOptions(line);
  } catch (thrown) {
    if (!(thrown instanceof KmodsmithError)) throw thrown;
    error = { code: thrown.code, status: thrown.dkmsStatus, message: thrown.message };
  }
  const { module = '', moduleVersion = '', kernels, arches, directives, values, sourceFolder = '' } = line;
  const all = [
    module,
    moduleVersion,
    sourceFolder,
    ...kernels,
    ...arches,
    ...directives,
    ...Object.values(values),
  ];
  return { ...(error && { error }), values: all, action: line.action, flags: [...line.flags].sort() };
}

function expectSound({ error, values, action, flags: found }: Reading, words: readonly string[]): void {
  if (error !== undefined && (error.status < 1 || error.status > 20 || error.message === ''))
    throw new Error(`an error without a status or a word: ${JSON.stringify(error)}`);
  const invented = values.find(
    (value) => !['', '.'].includes(value) && !words.some((given) => given.includes(value)),
  );
  if (invented !== undefined) throw new Error(`nobody has given ${JSON.stringify(invented)}`);
  if (action !== undefined && !words.includes(action)) throw new Error(`nobody asked for ${action}`);
  const unknown = found.find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined) throw new Error(`${unknown} is no option`);
}
