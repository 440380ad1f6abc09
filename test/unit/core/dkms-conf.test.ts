import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { overrideFiles } from '../../../src/core/conf/overrides.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { bundleScript, runAsNobody } from '../../support/script.ts';
import { evaluate, plain, variables } from './evaluate.ts';

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
      what: 'a value over several lines as one line',
      conf: `MAKE='\n  make \r\n\n\tall  of   it\n'\nPATCH=' a '`,
      expected: { MAKE: 'make all  of   it', PATCH: 'a' },
    },
    {
      what: 'variables in single quotes',
      conf: `MAKE='make -C $kernel_source_dir "\${arch}" $PACKAGE_NAME'; PACKAGE_NAME=later`,
      expected: {
        PACKAGE_NAME: 'later',
        MAKE: `make -C ${variables.kernel_source_dir} "x86_64" later`,
      },
    },
    {
      what: 'escaped dollars',
      conf: `MAKE="make \\$kernelver \\\\\\$x \\$(echo ran)"`,
      expected: { MAKE: 'make 6.12.1-amd64 $x ran' },
    },
    {
      what: 'commands with quotes of their own',
      conf: `MAKE='make $(echo "a  b" | tr b c)'; MAKE[1]='\`printf "%s" "d  e"\`'`,
      expected: { MAKE: { 0: 'make a  c', 1: 'd  e' } },
    },
    { what: 'escaped quotes', conf: `MAKE='make X=\\"1 2\\"'`, expected: { MAKE: 'make X="1 2"' } },
    {
      what: 'bare quotes, which dkms loses',
      conf: `MAKE='sh -c "make \\"$kernelver\\"" '\\''x'\\'''`,
      expected: { MAKE: `sh -c "make \\"6.12.1-amd64\\"" 'x'` },
    },
    {
      what: 'patterns as they are',
      conf: `BUILD_EXCLUSIVE_KERNEL='^(5\\.[4-9]|6\\.).*$'`,
      expected: { BUILD_EXCLUSIVE_KERNEL: '^(5\\.[4-9]|6\\.).*$' },
    },
    {
      what: 'what cannot be evaluated again as it is',
      conf: `MAKE=('a $(' 'b \${x y}' 'c "$(' 'd "\${x y}"' 'e\\' '\${no:?gone}' '\`f')`,
      expected: {
        MAKE: {
          0: 'a $(',
          1: `b \${x y}`,
          2: 'c "$(',
          3: `d "\${x y}"`,
          4: 'e\\',
          5: `\${no:?gone}`,
          6: '`f',
        },
      },
    },
    { what: 'a command that fails', conf: `MAKE='a$(exit 3)'`, expected: { MAKE: 'a' } },
    {
      what: 'an associative array as nothing',
      conf: 'declare -A MAKE=([a]=b [1]=c)',
      expected: { MAKE: { 1: 'c' } },
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
    { what: 'sets -e', conf: 'set -e; false; f() { false; true; }; f' },
    { what: 'sets -u', conf: 'set -u' },
    { what: 'sets -x and -f', conf: 'set -xf' },
    { what: 'sets pipefail and posix', conf: 'set -o pipefail; set -o posix' },
    { what: 'unsets PATH', conf: 'unset PATH' },
    { what: 'changes IFS', conf: 'IFS=0o_AMK' },
    { what: 'redefines printf', conf: 'printf() { echo hijacked; }' },
    { what: 'redefines report and evaluate', conf: 'report() { :; }; evaluate() { :; }; take() { :; }' },
    { what: 'redefines set and unset', conf: 'set() { exit 7; }; unset() { exit 7; }' },
    { what: 'sets settings', conf: 'settings=(x); setting=y' },
    { what: 'sets files and file', conf: 'files=(x); file=y' },
    { what: 'sets names', conf: 'names=(x); taken=(y); fields=(z)' },
    { what: 'makes names read-only', conf: 'readonly names=x file=y status=z' },
    { what: 'sets status and position', conf: 'status=9; position=99999' },
    {
      what: 'redefines local, eval and continue',
      conf: 'local() { :; }; eval() { exit 7; }; continue() { :; }',
    },
    {
      what: 'redefines read, wait and kill',
      conf: 'read() { exit 7; }; wait() { exit 7; }; kill() { exit 7; }',
    },
    { what: 'traces and traps', conf: 'set -TE; trap "echo x" DEBUG ERR RETURN; set -- a b' },
    { what: 'sets a trap', conf: 'trap "echo bye" EXIT DEBUG ERR' },
    { what: 'writes to our descriptor', conf: 'echo junk >&9' },
    { what: 'fails at its end', conf: 'false' },
    { what: 'runs what is not there', conf: 'no-such-program --flag' },
    { what: 'writes a lot', conf: 'for i in {1..20000}; do echo "line $i"; done >&2' },
    { what: 'leaves a program that writes', conf: 'sleep 60 &' },
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
  it('exit', async () => {
    const { found, files } = await evaluate('PACKAGE_NAME=foo\nls /no-such-folder\nexit 3');
    expect(found).toBe(
      `CONF_SYNTAX: ${files[0]}: calls exit (status 3), so none of its directives count; it said: ls: cannot access '/no-such-folder': No such file or directory`,
    );
  });

  it.each<{ what: string; texts: string[]; expected: Record<string, unknown>; warning: string }>([
    {
      what: 'a syntax error, and what stands before it counts',
      texts: ['PACKAGE_NAME=foo\n\nif then\nMAKE=x'],
      expected: { PACKAGE_NAME: 'foo' },
      warning: "0.conf, line 3: syntax error near unexpected token `then'",
    },
    {
      what: 'an open quote',
      texts: ['PACKAGE_NAME=foo\nMAKE="make\n'],
      expected: { PACKAGE_NAME: 'foo' },
      warning: '0.conf, line 2: unexpected EOF while looking for matching `"\'',
    },
    {
      what: 'a syntax error in an override, before the next one is read',
      texts: ['PACKAGE_NAME=foo', 'MAKE=x\nfi', 'PATCH=y'],
      expected: { PACKAGE_NAME: 'foo', MAKE: 'x', PATCH: 'y' },
      warning: "1.conf, line 2: syntax error near unexpected token `fi'",
    },
    {
      what: 'a syntax error at the very start',
      texts: ['if then\nPACKAGE_NAME=foo\nexit 0'],
      expected: {},
      warning: "0.conf, line 1: syntax error near unexpected token `then'",
    },
  ])('$what', async ({ texts, expected, warning }) => {
    const { found, warnings, files } = await evaluate(...texts);
    const folder = (files[0] ?? '').replace('0.conf', '');
    expect({ found, warnings }).toEqual({ found: expected, warnings: [`${folder}${warning}`] });
  });

  it('a syntax error under set -e, with its line', async () => {
    const { found, warnings, files } = await evaluate('set -e\nPACKAGE_NAME=foo\nif then');
    expect(found).toEqual({ PACKAGE_NAME: 'foo' });
    expect(warnings).toEqual([`${files[0]}, line 3: syntax error near unexpected token \`then'`]);
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
      imports: { 'src/core/conf/dkms-conf.ts': '{ evaluateConfs }' },
      code: `const [result] = await evaluateConfs([{ files: [${JSON.stringify(file)}], variables: {} }]);
        console.log(result.error.code + ': ' + result.error.message);`,
    });
    expect(runAsNobody(script)).toBe(`CONF_UNREADABLE: ${file} cannot be read: permission denied\n`);
  });
});

describe('overrides', () => {
  it('can empty what is set, not unset it', async () => {
    const conf = 'MAKE=(a b)\nSTRIP[2]=no\nPATCH=x';
    const { found } = await evaluate(conf, 'unset MAKE STRIP; PATCH=', 'MAKE=(c); set -u');
    expect(found).toEqual({ MAKE: { 0: 'c', 1: 'b' }, STRIP: { 2: 'no' }, PATCH: '' });
  });

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
