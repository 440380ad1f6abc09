/** What kbuild remembers of how it made one file, from its `.<file>.cmd` (scripts/Kbuild.include, scripts/basic/fixdep.c). */
export interface KbuildCommand {
  /** The shell command line with make's escapes undone; empty when the file names none. */
  readonly command: string;
  /** The first program of the command; compiler launchers and VAR=value words do not count. */
  readonly compiler: string | undefined;
  /** The file that was compiled. It is not among the dependencies. */
  readonly source: string | undefined;
  /** Files that were read, as written: absolute, or relative to the directory of the kernel build. */
  readonly dependencies: readonly string[];
}

/** Parses a `.cmd` file. Text that is none gives empty fields. */
export function parseKbuildCommand(text: string): KbuildCommand {
  let command = '';
  let source: string | undefined;
  const dependencies = new Set<string>();
  for (const line of text.replaceAll('\\\r\n', ' ').replaceAll('\\\n', ' ').split('\n')) {
    const [kind, value] = statement(line);
    if (kind === 'command') command ||= unescapeMake(value.trim());
    else if (kind === 'source') source ??= words(value).next().value ?? undefined;
    else for (const path of words(value)) dependencies.add(path);
  }
  return { command, compiler: firstProgram(command), source, dependencies: [...dependencies] };
}

type Statement = readonly [kind: 'command' | 'source' | 'dependencies', value: string];

function statement(line: string): Statement {
  const assignment = line.indexOf(' :=');
  const value = line.slice(assignment + 3);
  // A rule, such as `x.o: $(wildcard ./tools/objtool/objtool)` after the fixdep part (scripts/Makefile.lib).
  if (assignment < 0) return ['dependencies', prerequisites(line)];
  if (line.startsWith('savedcmd_') || line.startsWith('cmd_')) return ['command', value];
  if (line.startsWith('source_')) return ['source', value];
  return ['dependencies', line.startsWith('deps_') ? value : ''];
}

function prerequisites(line: string): string {
  const colon = line.indexOf(': ');
  return colon < 0 || line.startsWith('#') ? '' : line.slice(colon + 2);
}

/** Splits make words; a wildcard call counts as the paths in it, other variable references as nothing. */
function* words(line: string): Generator<string> {
  const text = line.replaceAll('$(pound)', '\\#');
  let plain = 0;
  for (let open = text.indexOf('$('); open >= 0; open = text.indexOf('$(', plain)) {
    // A call ends at the first parenthesis: kbuild nests none.
    const close = text.indexOf(')', open);
    if (close < 0) break;
    yield* plainWords(text.slice(plain, open));
    yield* wildcardPaths(text.slice(open + 2, close));
    plain = close + 1;
  }
  yield* plainWords(text.slice(plain));
}

// An include/config path stands for one configuration symbol; its file exists in few header packages.
function wildcardPaths(call: string): string[] {
  if (!call.startsWith('wildcard ')) return [];
  return plainWords(call.slice('wildcard '.length)).filter((path) => !/^(\.\/)?include\/config\//.test(path));
}

/** Splits at blanks that no backslash protects, as gcc -MD writes them for make. */
function plainWords(text: string): string[] {
  const found: string[] = [];
  let pieces: string[] = [];
  for (const piece of text.split(/[ \t\r]+/)) {
    const isOpen = piece.endsWith('\\');
    pieces.push(isOpen ? piece.slice(0, -1) : piece);
    if (isOpen) continue;
    const word = pieces.join(' ').trim();
    if (word !== '') found.push(unescapeMake(word));
    pieces = [];
  }
  return found;
}

// make-cmd in scripts/Kbuild.include doubles the dollar; the hash is $(pound) since 4.20 and was \# before.
function unescapeMake(text: string): string {
  return text.replace(/\$\(pound\)|\\#|\$\$/g, (escaped) => (escaped === '$$' ? '$' : '#'));
}

const launchers = new Set(['ccache', 'sccache', 'distcc', 'icecc', 'env', 'exec', '{', '(', '!']);

function firstProgram(command: string): string | undefined {
  for (const word of shellWords(command)) {
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    const name = word.slice(word.lastIndexOf('/') + 1);
    if (word !== '' && !launchers.has(name)) return word;
  }
  return undefined;
}

/** The words of a simple command up to its first separator, with sh quoting undone. */
function* shellWords(command: string): Generator<string> {
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < command.length; at += 1) {
    const character = command.charAt(at);
    const isPlain = quote === '';
    if (character === quote) quote = '';
    else if (isPlain && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (isPlain && /[\s;|&]/.test(character)) {
      if (word !== undefined) yield word;
      word = undefined;
      if (/[;|&]/.test(character)) return;
    } else {
      if (character === '\\' && quote !== "'") at += 1;
      word = (word ?? '') + command.charAt(at);
    }
  }
  if (word !== undefined) yield word;
}
