import fc from 'fast-check';
import { confDirectives } from '../../../src/core/conf/directive-names.ts';

/** What came of one file. */
export interface Evaluated {
  readonly error?: string;
  readonly warnings?: readonly string[];
  /** Reported variables that are no directives. */
  readonly names: readonly string[];
  /** PACKAGE_NAME. */
  readonly name: string;
  /** What its reading in the six ways complained of. */
  readonly messages: readonly string[];
}

const name = fc.oneof(
  fc.constantFrom(...confDirectives),
  fc.constantFrom('IFS', 'PATH', 'BASH_ENV', 'POSIXLY_CORRECT', 'LC_ALL', 'kmodsmith_value', 'module', 'x'),
);

const fragment = fc.oneof(
  fc.constantFrom(
    'foo',
    '1.0',
    '/updates',
    'yes',
    'no',
    'make -C',
    '^6\\.',
    '(',
    '[[:digit:]',
    '(a+)+$',
    '*',
  ),
  fc.constantFrom(
    '$kernelver',
    `\${arch:-x}`,
    '$(echo a "b c")',
    '`echo q`',
    '$PACKAGE_NAME',
    `\${x y}`,
    '$(',
    '${',
  ),
  fc.constantFrom(
    '"',
    "'",
    '\\',
    '\\"',
    "\\'",
    '`',
    '\n',
    '\r\n',
    '\t ',
    '$',
    '!',
    '~',
    '&',
    ';',
    '|',
    '#',
    '..',
  ),
  fc.constantFrom(
    '\u00fc',
    '\u{1f427}',
    '\u0001',
    '\u007f',
    '\u200b',
    'kmodsmith_end_of_value',
    'end',
    'said',
  ),
  fc.string({ maxLength: 8 }),
);

const value = fc.oneof(
  { weight: 5, arbitrary: fc.array(fragment, { maxLength: 5 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60_000 }).map((count) => ' x'.repeat(count)) },
);

/** Every way of quoting, right and wrong. */
const quoted = fc.tuple(value, fc.constantFrom('single', 'double', 'ansi', 'bare')).map(([text, style]) => {
  if (style === 'single') return `'${text.replaceAll("'", "'\\''")}'`;
  if (style === 'double') return `"${text}"`;
  return style === 'ansi' ? `$'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : text;
});

const index = fc.oneof(
  fc.nat({ max: 4 }),
  fc.constantFrom(999, 1_000_000, '99999999999999999999', '-1', 'a', '$x'),
);

const assignment = fc.oneof(
  fc.tuple(name, quoted).map(([key, text]) => `${key}=${text}`),
  fc.tuple(name, index, quoted).map(([key, at, text]) => `${key}[${at}]=${text}`),
  fc.tuple(name, fc.array(quoted, { maxLength: 4 })).map(([key, texts]) => `${key}=(${texts.join(' ')})`),
  fc.tuple(name, quoted).map(([key, text]) => `${key}+=(${text})`),
  fc.tuple(name, quoted).map(([key, text]) => `export ${key}=${text}`),
);

/** What a file may do to the shell that reads it. */
const attack = fc.constantFrom(
  ...[
    'exit',
    'exit 3',
    'exec true',
    'exec >&2',
    'exec 2>/dev/null',
    'exec 9>&1',
    'exec <&-',
    'return 3',
    'logout',
  ],
  ...[
    'set -e',
    'set -u',
    'set -x',
    'set -f',
    'set -n',
    'set -v',
    'set -k',
    'set -TE',
    'set -o posix',
    'set -r',
  ],
  ...[
    'set -o pipefail',
    'set -- a b',
    'shift 9',
    'shopt -s failglob',
    'shopt -s expand_aliases',
    'shopt -u extglob',
  ],
  ...[
    'readonly PACKAGE_NAME',
    'declare -r MAKE=x',
    'readonly kmodsmith_position',
    'readonly kmodsmith_value=x',
  ],
  ...[
    'declare -n MAKE=PATCH',
    'declare -n MAKE=MAKE',
    'declare -n PATCH=kmodsmith_names',
    'declare -i MAKE=08',
  ],
  ...[
    'declare -A MAKE=([x]=y [1]=z)',
    'declare -u PACKAGE_NAME',
    'declare -a MAKE',
    'local MAKE=x',
    'unset MAKE',
  ],
  ...[
    'printf() { exit 7; }',
    'local() { :; }',
    'unset() { :; }',
    'eval() { :; }',
    'builtin() { :; }',
    'set() { :; }',
  ],
  ...[
    'read() { :; }',
    'kmodsmith_report() { :; }',
    'kmodsmith_expand() { echo x; }',
    'kmodsmith_take() { :; }',
  ],
  ...[
    'kmodsmith_evaluate() { :; }',
    'kmodsmith_names=(x)',
    'kmodsmith_files=(/dev/null)',
    'kmodsmith_item=x',
    'declare -fr builtin',
  ],
  ...[
    'kmodsmith_winners=(x=y a)',
    'unset kmodsmith_names',
    'alias builtin=false',
    'enable -n printf',
    'hash -r',
  ],
  ...[
    'trap "exit 3" EXIT',
    'trap "echo x" DEBUG',
    'trap "echo x >&2" ERR',
    'trap "" TERM INT PIPE',
    'trap exit RETURN',
  ],
  ...[
    'kill -TERM $BASHPID',
    'kill -KILL $BASHPID',
    'kill -TERM $$',
    'kill -PIPE $$',
    '(exit 4)',
    'false',
    'wait',
    'suspend',
  ],
  ...[
    'echo x',
    'echo x >&2',
    'echo x >&9',
    'echo x >&10',
    'printf "said\\0x\\0000\\0\\0"',
    'printf "value\\0MAKE\\0000\\0x\\0" >&10',
  ],
  ...[
    'head -c 200000 /dev/zero',
    'head -c 200000 /dev/zero >&2',
    'for i in {1..3000}; do echo $i >&2; done',
    'cat',
    'read -r x',
  ],
  ...[
    'sleep 0.1 &',
    'sleep 30 &',
    '{ sleep 30; } >&2 &',
    'for i in {1..20}; do : & done',
    'x=$(sleep 0.05)',
    'setsid sleep 30 &',
  ],
  ...[
    'MAKE=({1..20000})',
    'BUILT_MODULE_NAME=({1..20000})',
    'DEST_MODULE_LOCATION=({1..2000})',
    'MAKE=$(printf "%100000s")',
  ],
  ...[
    'cd /',
    'cd /proc/self',
    'umask 777',
    'ulimit -n 8',
    'unset PATH',
    'IFS=0a',
    'HOME=',
    'LANG=de_DE.UTF-8',
    'PS4=$(exit 3)',
  ],
  ...[
    '. /dev/null',
    '. ./nothing',
    'source dkms.conf',
    'mapfile -t MAKE < /etc/passwd',
    '[[ $kernelver == 6* ]] || exit 1',
  ],
  ...[
    'break',
    'continue 9',
    'f() { f; }; f 2>/dev/null & wait',
    'coproc cat',
    'select x in a; do break; done',
    '> written',
    'rm -rf ./*',
  ],
  ...[
    'if true; then MAKE=a; else MAKE=b; fi',
    'case $arch in x*) PATCH=a;; esac',
    'for i in 0 1; do MAKE[i]=x$i; done',
    'f() { MAKE=f; }; f',
  ],
);

/** These cost the whole of the time that a file has. */
const endless = fc.constantFrom(
  'while :; do :; done',
  'sleep 100',
  'exec sleep 100',
  'kill -STOP $$',
  'yes >&2',
  'until false; do sleep 1; done',
);

const statement = fc.oneof({ weight: 5, arbitrary: assignment }, { weight: 2, arbitrary: attack });

const sound =
  'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=foo\nDEST_MODULE_LOCATION=/updates\nAUTOINSTALL=yes';

const written = fc
  .tuple(
    fc.boolean(),
    fc.array(statement, { maxLength: 7 }),
    fc.constantFrom('\n', '\r\n', ';', '\r', ' && '),
  )
  .map(([whole, lines, end]) => Buffer.from([...(whole ? sound.split('\n') : []), ...lines, ''].join(end)));

/** Bytes changed, cut, doubled and swapped. */
const mutated = fc
  .tuple(
    written,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 6 }),
  )
  .map(([bytes, changes]) =>
    changes.reduce((text, [where, byte, kind]) => {
      const at = where % (text.length + 1);
      const [before, after] = [text.subarray(0, at), text.subarray(at)];
      if (kind === 0) return Buffer.concat([before, Buffer.from([byte]), after]);
      if (kind === 1) return Buffer.concat([before, after.subarray(1)]);
      return kind === 2 ? before : Buffer.concat([before, before.subarray(-9), after]);
    }, bytes),
  );

const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

/** A file's content. */
export const confText: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 50, arbitrary: written },
  { weight: 35, arbitrary: mutated },
  { weight: 15, arbitrary: random },
);

export const endlessText = fc
  .tuple(written, endless)
  .map(([bytes, loop]) => Buffer.concat([Buffer.from(`${loop}\n`), bytes]));
