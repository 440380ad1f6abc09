import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type ConfRequest,
  type ConfResult,
  type ConfVariables,
  evaluateConfs,
  overrideFiles,
} from '../../../src/core/dkms-conf.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { bundleScript, runAsNobody } from '../../support/script.ts';

const variables: ConfVariables = {
  kernelver: '6.12.1-amd64',
  arch: 'x86_64',
  kernel_source_dir: '/lib/modules/6.12.1-amd64/build',
  kernel_config: '/lib/modules/6.12.1-amd64/build/.config',
  module: 'foo',
  module_version: '1.0',
  dkms_tree: '/var/lib/dkms',
  source_tree: '/usr/src',
  install_tree: '/lib/modules',
};

/** The error's code and message, or the values without indexes where there is only [0]. */
function plain(result: ConfResult | undefined) {
  if (result === undefined) return undefined;
  if ('error' in result) return `${result.error.code}: ${result.error.message}`;
  return Object.fromEntries(
    Object.entries(result.values).map(([name, values]) => [
      name,
      Object.keys(values).join() === '0' ? values[0] : values,
    ]),
  );
}

async function evaluate(...texts: string[]) {
  const scratch = makeScratchFolder();
  const files = texts.map((text, index) => scratch.write(`${index}.conf`, text));
  const [result] = await evaluateConfs([{ files, variables }]);
  return { found: plain(result), files };
}

describe('evaluates bash', () => {
  it.each<{ what: string; conf: string; expected: Record<string, unknown> }>([
    { what: 'a scalar', conf: 'PACKAGE_NAME=foo', expected: { PACKAGE_NAME: 'foo' } },
    { what: 'an array', conf: 'MAKE=(a b)', expected: { MAKE: { 0: 'a', 1: 'b' } } },
    { what: 'a sparse array', conf: 'MAKE[2]=c; MAKE[7]=d', expected: { MAKE: { 2: 'c', 7: 'd' } } },
    { what: 'an empty value', conf: 'AUTOINSTALL=', expected: { AUTOINSTALL: '' } },
    {
      what: 'a condition on the kernel',
      conf: 'if [[ $kernelver == 6.* ]]; then MAKE=new; else MAKE=old; fi',
      expected: { MAKE: 'new' },
    },
    { what: 'a command', conf: 'PACKAGE_VERSION=$(echo 1.0 | tr 0 7)', expected: { PACKAGE_VERSION: '1.7' } },
    {
      what: 'the documented variables',
      conf: 'MAKE="make -C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/$module_version/build $arch"',
      expected: { MAKE: `make -C ${variables.kernel_source_dir} M=/var/lib/dkms//1.0/build x86_64` },
    },
    {
      what: 'CRLF line ends',
      conf: 'PACKAGE_NAME="foo"\r\nAUTOINSTALL=yes\r\nMAKE[1]=x\r\n',
      expected: { PACKAGE_NAME: 'foo', AUTOINSTALL: 'yes', MAKE: { 1: 'x' } },
    },
    {
      what: 'quotes, dollars and newlines in values',
      conf: `MAKE=$'say "hi" \\'there\\' $(x) \\\\\\nsecond  line\\n'`,
      expected: { MAKE: `say "hi" 'there' $(x) \\\nsecond  line\n` },
    },
    {
      what: 'bytes beyond ASCII',
      conf: 'MAKE="gr\u00fc\u00df \u{1f427}"',
      expected: { MAKE: 'gr\u00fc\u00df \u{1f427}' },
    },
    { what: 'nothing', conf: '', expected: {} },
    { what: 'what it ignores', conf: 'FOO=1; dest_module_name=x', expected: {} },
    { what: 'return', conf: 'MAKE=a\nreturn 3\nMAKE=b', expected: { MAKE: 'a' } },
  ])('$what', async ({ conf, expected }) => {
    expect((await evaluate(conf)).found).toEqual(expected);
  });
});

describe('is not disturbed by a conf that', () => {
  it.each<{ what: string; conf: string }>([
    { what: 'prints', conf: 'echo value; printf "value\\0MAKE\\0000\\0bad\\0"; echo oops >&2' },
    { what: 'reads stdin', conf: 'cat; read -r line; mapfile lines' },
    { what: 'changes the folder', conf: 'cd /; pushd /tmp >/dev/null' },
    { what: 'sets -e', conf: 'set -e' },
    { what: 'sets -u', conf: 'set -u' },
    { what: 'sets -x and -f', conf: 'set -xf' },
    { what: 'sets pipefail and posix', conf: 'set -o pipefail; set -o posix' },
    { what: 'unsets PATH', conf: 'unset PATH' },
    { what: 'changes IFS', conf: 'IFS=0o' },
    { what: 'redefines printf', conf: 'printf() { echo hijacked; }' },
    { what: 'redefines report and evaluate', conf: 'report() { :; }; evaluate() { :; }; take() { :; }' },
    { what: 'redefines set and unset', conf: 'set() { exit 7; }; unset() { exit 7; }' },
    { what: 'sets settings', conf: 'settings=(x); setting=y' },
    { what: 'sets files and file', conf: 'files=(x); file=y' },
    { what: 'sets names', conf: 'names=(x); taken=(y); fields=(z)' },
    { what: 'makes names read-only', conf: 'readonly names=x file=y status=z' },
    { what: 'sets status and position', conf: 'status=9; position=99999' },
    { what: 'sets a trap', conf: 'trap "echo bye" EXIT DEBUG ERR' },
    { what: 'writes to our descriptor', conf: 'echo junk >&9' },
    { what: 'fails at its end', conf: 'false' },
    { what: 'runs what is not there', conf: 'no-such-program --flag' },
  ])('$what', async ({ conf }) => {
    const scratch = makeScratchFolder();
    const file = scratch.write(
      'dkms.conf',
      `${conf}\nPACKAGE_NAME=foo MAKE[3]=last\n`.replace(' MAKE', '\nMAKE'),
    );
    const next = scratch.write('next.conf', 'PACKAGE_NAME=next');
    const results = await evaluateConfs([
      { files: [file], variables },
      { files: [next], variables },
    ]);
    expect(results.map(plain)).toEqual([
      { PACKAGE_NAME: 'foo', MAKE: { 3: 'last' } },
      { PACKAGE_NAME: 'next' },
    ]);
  });
});

describe('names what is wrong', () => {
  it.each<{ what: string; conf: string; problem: string }>([
    {
      what: 'a syntax error',
      conf: 'PACKAGE_NAME=foo\n\nif then\n',
      problem: "CONF_SYNTAX: FILE, line 3: syntax error near unexpected token `then'",
    },
    {
      what: 'an open quote',
      conf: 'PACKAGE_NAME=foo\nMAKE="make\n',
      problem: 'CONF_SYNTAX: FILE, line 2: unexpected EOF while looking for matching `"\'',
    },
    {
      what: 'exit',
      conf: 'PACKAGE_NAME=foo\nexit 3',
      problem:
        'CONF_SYNTAX: FILE: calls exit or fails under set -e (status 3), so none of its directives count',
    },
    {
      what: 'a failure under set -e',
      conf: 'set -e\nls /no-such-folder',
      problem:
        "CONF_SYNTAX: FILE: calls exit or fails under set -e (status 2), so none of its directives count; it said: ls: cannot access '/no-such-folder': No such file or directory",
    },
  ])('$what', async ({ conf, problem }) => {
    const { found, files } = await evaluate(conf);
    expect(found).toBe(problem.replace('FILE', files[0] ?? ''));
  });

  it('the override that has the syntax error, not the conf', async () => {
    const { found, files } = await evaluate('PACKAGE_NAME=foo', 'fi');
    expect(found).toBe(`CONF_SYNTAX: ${files[1]}, line 1: syntax error near unexpected token \`fi'`);
  });

  it('only a syntax error of its own files, not text that looks like one', async () => {
    expect((await evaluate('echo "Makefile: line 3: syntax error" >&2; MAKE=x')).found).toEqual({
      MAKE: 'x',
    });
  });

  it.each([
    { what: 'missing', make: () => '/no-such-folder/dkms.conf', problem: 'CONF_MISSING: FILE is not there' },
    {
      what: 'a directory',
      make: () => makeScratchFolder().folder('dkms.conf'),
      problem: 'CONF_UNREADABLE: FILE is a directory',
    },
    {
      what: 'a FIFO',
      make: () => makeScratchFolder().fifo('dkms.conf'),
      problem: 'CONF_UNREADABLE: FILE is not a regular file',
    },
  ])('a conf that is $what', async ({ make, problem }) => {
    const file = make();
    const [result] = await evaluateConfs([{ files: [file], variables }]);
    expect(plain(result)).toBe(problem.replace('FILE', file));
  });

  it('a conf that we may not read', async () => {
    const scratch = makeScratchFolder();
    chmodSync(scratch.path, 0o755);
    const file = scratch.write('dkms.conf', 'MAKE=x', 0);
    const script = await bundleScript(scratch.write('script.mjs', ''), {
      imports: { 'src/core/dkms-conf.ts': '{ evaluateConfs }' },
      code: `const [result] = await evaluateConfs([{ files: [${JSON.stringify(file)}], variables: {} }]);
        console.log(result.error.code + ': ' + result.error.message);`,
    });
    expect(runAsNobody(script)).toBe(`CONF_UNREADABLE: ${file} cannot be read: permission denied\n`);
  });
});

it('evaluates 50 confs in one process, and one broken conf of each kind stops no other', async () => {
  const scratch = makeScratchFolder();
  const broken = new Map([
    [7, 'exit 1'],
    [13, 'if'],
    [20, 'kill -KILL $$'],
    [31, 'while :; do sleep 1; done'],
  ]);
  const requests = Array.from({ length: 50 }, (_, index): ConfRequest => {
    const text = broken.get(index) ?? `PACKAGE_NAME=m${index}; MAKE="$kernelver $BASHPID $$"`;
    return { files: [scratch.write(`${index}/dkms.conf`, text)], variables };
  });
  const again = requests[31] as ConfRequest;
  const results = await evaluateConfs([...requests, again], { timeoutSeconds: 1 });
  const failed = results.flatMap((result, index) => ('error' in result ? [[index, result.error.code]] : []));
  expect(failed).toEqual([
    [7, 'CONF_SYNTAX'],
    [13, 'CONF_SYNTAX'],
    [20, 'CONF_TIMEOUT'],
    [31, 'CONF_TIMEOUT'],
    [50, 'CONF_TIMEOUT'],
  ]);
  expect(plain(results[31])).toMatch(/did not end within 1 s$/);
  expect(plain(results[20])).toMatch(/it stopped the shell that evaluates it$/);
  const shells = results
    .slice(0, 20)
    .flatMap((result) => ('values' in result ? result.values['MAKE']?.[0] : []));
  expect(new Set(shells.map((text) => text?.split(' ')[2])).size).toBe(1);
  expect(plain(results[49])).toMatchObject({ PACKAGE_NAME: 'm49' });
});

it('lets no variable of one conf reach the next', async () => {
  const scratch = makeScratchFolder();
  const texts = ['MAKE=leaked; AUTOINSTALL=yes; export PATCH=x', 'PACKAGE_NAME=second'];
  const files = texts.map((text, index) => scratch.write(`${index}.conf`, text));
  const results = await evaluateConfs(files.map((file) => ({ files: [file], variables })));
  expect(plain(results[1])).toEqual({ PACKAGE_NAME: 'second' });
});

describe('overrides', () => {
  const inOrder = [
    'foo.conf',
    'foo-1.0.conf',
    'foo-1.0-6.12.1-amd64.conf',
    'foo-1.0-6.12.1-amd64-x86_64.conf',
    'foo--6.12.1-amd64.conf',
    'foo--6.12.1-amd64-x86_64.conf',
  ];

  it('are read in the order of dkms', async () => {
    const scratch = makeScratchFolder();
    for (const name of [...inOrder, 'foo-2.0.conf', 'bar.conf', 'foo.conf.bak']) scratch.write(name, '');
    expect(await overrideFiles(scratch.path, variables)).toEqual(
      inOrder.map((name) => `${scratch.path}/${name}`),
    );
  });

  it('count only as files: nothing waits for a FIFO, and /dev/null masks', async () => {
    const scratch = makeScratchFolder();
    scratch.fifo('foo.conf');
    scratch.folder('foo-1.0.conf');
    scratch.link('/dev/null', 'foo--6.12.1-amd64.conf');
    expect(await overrideFiles(scratch.path, variables)).toEqual([]);
    expect(await overrideFiles('/no-such-folder', variables)).toEqual([]);
  });

  it('see what the conf said, and win', async () => {
    const conf = 'AUTOINSTALL=no; MAKE="make"; STRIP=(a b)';
    const { found } = await evaluate(conf, 'AUTOINSTALL=yes; MAKE="$MAKE V=1"', 'STRIP+=(c)');
    expect(found).toEqual({ AUTOINSTALL: 'yes', MAKE: 'make V=1', STRIP: { 0: 'a', 1: 'b', 2: 'c' } });
  });
});
