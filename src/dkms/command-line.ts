import { KmodsmithError } from '../errors.ts';
import { type ActionName, actions, type OptionDeclaration, type OptionName, options } from './options.ts';

/** What a positional argument leads to. */
export type PathKind = 'file' | 'source-folder' | 'other';

/** A command line as read so far. */
export interface CommandLine {
  action?: ActionName;
  module?: string;
  moduleVersion?: string;
  kernels: string[];
  arches: string[];
  directives: string[];
  /** The values of the options that hold one. */
  values: Partial<Record<OptionName, string>>;
  /** The options that are there. */
  flags: Set<OptionName>;
  /** A folder that holds a dkms.conf. */
  sourceFolder?: string;
  /** What nobody knows what to do with, and what is out of use. */
  warnings: string[];
}

export function emptyCommandLine(): CommandLine {
  return { kernels: [], arches: [], directives: [], values: {}, flags: new Set(), warnings: [] };
}

/**
 * Reads the arguments from left to right into `line`, so that what was read before a mistake counts, -q among it. Ends at
 * `--version` and `--help`, which are answered at once (dkms-compat.md section 1.2).
 * @throws KmodsmithError USAGE, TWO_ACTIONS.
 */
export function readArguments(
  argv: readonly string[],
  line: CommandLine,
  look: (path: string) => PathKind,
): void {
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.startsWith('-') && word !== '-') readOption(word, rest, line);
    else readPositional(word, line, look);
    if (line.flags.has('showVersion') || line.flags.has('help')) return;
  }
}

function readOption(word: string, rest: string[], line: CommandLine): void {
  const name = findOption(word);
  if (name === undefined) {
    throw new KmodsmithError('USAGE', `'${word}' is not an option`, { hint: "'dkms --help' lists them." });
  }
  const option: OptionDeclaration = options[name];
  line.flags.add(name);
  if (option.deprecated === true && name !== 'debug')
    line.warnings.push(`${word} is out of use and has no effect`);
  if (option.value === undefined) return;
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  keepValue(name, tidy(equals < 0 ? (rest.shift() ?? '') : word.slice(equals + 1)), line);
}

/** Short options and switches match as a whole; a long option with a value by its beginning, as for dkms. */
function findOption(word: string): OptionName | undefined {
  for (const [name, option] of Object.entries(options) as [OptionName, OptionDeclaration][]) {
    const isPrefix = (flag: string) =>
      option.value !== undefined && flag.startsWith('--') && word.startsWith(flag);
    if (option.flags.some((flag) => word === flag || isPrefix(flag))) return name;
  }
  return undefined;
}

/** dkms reads one line of a value, without the blanks around it. */
function tidy(value: string): string {
  return (value.split('\n')[0] ?? '').trim();
}

function keepValue(name: OptionName, value: string, line: CommandLine): void {
  switch (name) {
    case 'module':
      nameModule(value, line);
      return;
    case 'version':
      line.moduleVersion = value;
      return;
    case 'kernel': {
      const slash = value.indexOf('/');
      line.kernels.push(slash < 0 ? value : value.slice(0, slash));
      if (slash >= 0) line.arches.push(value.slice(slash + 1));
      return;
    }
    case 'arch':
      line.arches.push(value);
      return;
    case 'directive':
      line.directives.push(value);
      return;
    default:
      line.values[name] = value;
  }
}

/** `MODULE` or `MODULE/VERSION`. */
function nameModule(value: string, line: CommandLine): void {
  const slash = value.indexOf('/');
  line.module = slash < 0 ? value : value.slice(0, slash);
  if (slash >= 0) line.moduleVersion = value.slice(slash + 1);
}

/** In this order (dkms-compat.md section 1.3): an action's name wins over a file of that name. */
function readPositional(word: string, line: CommandLine, look: (path: string) => PathKind): void {
  if (Object.hasOwn(actions, word)) {
    if (line.action !== undefined) {
      throw new KmodsmithError('TWO_ACTIONS', `both '${line.action}' and '${word}' are asked for`, {
        hint: 'Give one action at a time.',
      });
    }
    line.action = word as ActionName;
    return;
  }
  const kind = look(word);
  if (kind === 'file' && word.endsWith('dkms.conf'))
    line.sourceFolder = word.slice(0, -'dkms.conf'.length) || '.';
  else if (kind === 'source-folder') line.sourceFolder = word;
  else if (kind === 'file') line.values.archive = word;
  else if (line.module === undefined) nameModule(word, line);
  else line.warnings.push(`'${word}' means nothing here and is left out`);
}
