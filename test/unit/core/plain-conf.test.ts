import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConfRequest, evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { evaluatePlainConf, parsePlainConf } from '../../../src/core/conf/plain-conf.ts';
import { countProcesses } from '../../support/count-processes.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const variables = { kernelver: '6.12.1+deb13-amd64', dkms_tree: '/var/lib/dkms', module: 'foo', odd: 'a$b' };

/** What is read without bash; undefined where that is not tried. */
function read(...texts: string[]) {
  const confs = texts.map(parsePlainConf);
  return confs.includes(undefined)
    ? undefined
    : evaluatePlainConf(
        confs.flatMap((conf) => conf ?? []),
        variables,
      );
}

describe('is read without bash', () => {
  it.each([
    {
      text: 'PACKAGE_NAME=foo\nPACKAGE_VERSION="1.0"\n',
      values: { PACKAGE_NAME: 'foo', PACKAGE_VERSION: '1.0' },
    },
    { text: '  STRIP=no  # why\n\t# PATCH=x\n\n', values: { STRIP: 'no' } },
    {
      text: `MAKE="make KVER=$kernelver -C \${dkms_tree}"`,
      values: { MAKE: 'make KVER=6.12.1+deb13-amd64 -C /var/lib/dkms' },
    },
    { text: 'MAKE="\'make\' -j1"', values: { MAKE: "'make' -j1" } },
    {
      text: 'PACKAGE_NAME=a\nPACKAGE_NAME=b\nPATCH=$PACKAGE_NAME.patch',
      values: { PACKAGE_NAME: 'b', PATCH: 'b.patch' },
    },
    { text: 'PATCH="$STRIP-x"', values: { PATCH: '-x' } },
    { text: 'STRIP=" no\t"', values: { STRIP: 'no' } },
    { text: 'STRIP=', values: { STRIP: '' } },
  ])('$text', ({ text, values }) => {
    const arrays = Object.entries(values).map(([name, value]) => [name, { 0: value }]);
    expect(read(text)).toEqual(Object.fromEntries(arrays));
  });

  it('arrays, and a file over another', () => {
    expect(read('PATCH[0]=a\nPATCH[2]=c', 'PATCH[0]=b')).toEqual({ PATCH: { 0: 'b', 2: 'c' } });
  });
});

it.each([
  'PACKAGE_NAME=$(echo foo)',
  'PACKAGE_NAME=`echo foo`',
  'PACKAGE_NAME="a\\"b"',
  "PACKAGE_NAME='$kernelver'",
  `PACKAGE_NAME=\${kernelver%%-*}`,
  'PACKAGE_NAME=$1x',
  'PACKAGE_NAME=$HOME',
  'PACKAGE_NAME=$odd',
  'PACKAGE_NAME=~',
  'PACKAGE_NAME=a b',
  'PACKAGE_NAME=a; b',
  'PACKAGE_NAME="a"b',
  'PACKAGE_NAME="a',
  'PACKAGE_NAME=a#b',
  'PACKAGE_NAME+=a',
  'PACKAGE_NAME[08]=a',
  'PACKAGE_NAME=(a b)',
  'PACKAGE_NAME=a\r',
  'PATH=/x',
  'VERSION=1',
  'if true; then STRIP=no; fi',
  '[ -e /x ] && STRIP=no',
  'export STRIP=no',
])('%s is left to bash', (text) => {
  expect(read(text)).toBeUndefined();
});

const characters = [
  'a',
  '1',
  '/',
  '.',
  ' ',
  '\t',
  '"',
  "'",
  '\\',
  '$',
  '`',
  '#',
  '=',
  '~',
  '{',
  '}',
  '(',
  '*',
  '!',
  '-',
];
const value = fc.oneof(
  fc.constantFrom(
    'yes',
    '"yes"',
    "'a b'",
    '"$kernelver"',
    `\${dkms_tree}/x`,
    '"$PACKAGE_NAME"',
    '$module$module',
    '""',
  ),
  fc.string({ unit: fc.constantFrom(...characters, '$kernelver', `\${module}`), maxLength: 8 }),
);
const name = fc.constantFrom(
  'PACKAGE_NAME',
  'PATCH',
  'PATCH[0]',
  'PATCH[1]',
  'MAKE[10]',
  'STRIP',
  'CLEAN',
  'HELPER',
);
const end = fc.constantFrom('', '', '', ' ', ' # why', '#', ';', '\r');
const line = fc.tuple(name, value, end).map(([left, right, after]) => `${left}=${right}${after}`);
const conf = fc
  .array(line, { maxLength: 4 })
  .map((lines) => lines.join('\n'))
  // Process ids are others each time; a value that comes to `$$` is expanded once more.
  .filter((text) => !/\$[$!]/.test(text.replace(/[`'"\\]/g, '')));

it('is what bash makes of it', async () => {
  const scratch = makeScratchFolder();
  let number = 0;
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(conf, { minLength: 20, maxLength: 20 }), async (texts) => {
      number += 1;
      const requests = texts.map((text, index): ConfRequest => {
        scratch.write(`${number}/${index}.conf`, text);
        return { files: [`${scratch.path}/${number}/${index}.conf`], variables };
      });
      plain += texts.filter((text) => read(text) !== undefined).length;
      // Something that wins, be it nothing, takes all of them to bash.
      const byBash = await evaluateConfs(requests.map((request) => ({ ...request, winners: [''] })));
      expect(await evaluateConfs(requests)).toEqual(byBash);
    }),
    { numRuns: 12 },
  );
  expect(plain).toBeGreaterThan(40);
});

it('takes no process for any number of kernels', async () => {
  const scratch = makeScratchFolder();
  scratch.write('dkms.conf', 'PACKAGE_NAME=foo\nPATCH=$kernelver\n');
  const files = [`${scratch.path}/dkms.conf`];
  const requests = ['6.1', '6.12'].map((kernelver) => ({ files, variables: { ...variables, kernelver } }));
  const processes = await countProcesses(async () => {
    const results = await evaluateConfs(requests);
    expect(results.map((result) => 'values' in result && result.values['PATCH'])).toEqual([
      { 0: '6.1' },
      { 0: '6.12' },
    ]);
  });
  expect(processes).toBe(0);
});
