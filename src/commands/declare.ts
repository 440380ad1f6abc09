/**
 * What a value is: what completions offer for it, and what help and manual call it. A `source` is a module or a folder,
 * an `archive` a module or a file.
 */
export type ValueKind =
  | 'module'
  | 'source'
  | 'kernel'
  | 'event'
  | 'file'
  | 'archive'
  | 'folder'
  | 'root'
  | 'choice'
  | 'text';

export interface PositionalDeclaration {
  readonly value: ValueKind;
  /** For the kind `choice`. */
  readonly choices?: readonly string[];
  readonly optional?: true;
  /** Any number, but one at least unless it is optional; only for the last one. */
  readonly repeatable?: true;
  readonly description: string;
}

export interface OptionDeclaration {
  readonly alias?: string;
  /** Without one the option is a switch. */
  readonly value?: ValueKind;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly repeatable?: true;
  readonly required?: true;
  readonly description: string;
}

/** By the name that the command's function knows an option by: `dryRun` is `--dry-run`. */
export type OptionTable = Readonly<Record<string, OptionDeclaration>>;
export type PositionalTable = Readonly<Record<string, PositionalDeclaration>>;

/** Which modules and which kernels a command is about, for completions. */
export interface Subjects {
  /** `source`: what lies in /usr/src; `any`: registered or there; `built`: with a build. */
  readonly modules?: 'source' | 'any' | 'registered' | 'built';
  readonly kernels?: 'present' | 'built';
}

/** Everything there is to know of a command before it runs: parser, help, completions and manual are made from it. */
interface CommandDeclaration {
  readonly name: string;
  /** One line, for lists. */
  readonly summary: string;
  /** Further sentences for the manual. */
  readonly details?: string;
  readonly subjects?: Subjects;
  readonly positionals: PositionalTable;
  readonly options: OptionTable;
}

export interface Command extends CommandDeclaration {
  /** A command that has commands of its own is none itself. */
  readonly commands?: readonly Command[];
  readonly run?: (values: never) => Promise<number>;
}

type Single<Declared> = Declared extends { choices: readonly (infer Choice)[] } ? Choice : string;

type Value<Declared> = Declared extends { value: ValueKind }
  ? Declared extends { repeatable: true }
    ? readonly Single<Declared>[]
    : Declared extends { required: true } | { default: string }
      ? Single<Declared>
      : Single<Declared> | undefined
  : boolean;

type Values<Options, Positionals> = {
  -readonly [Name in keyof Options]: Value<Options[Name]>;
} & {
  -readonly [Name in keyof Positionals]: Positionals[Name] extends { repeatable: true }
    ? readonly Single<Positionals[Name]>[]
    : Positionals[Name] extends { optional: true }
      ? Single<Positionals[Name]> | undefined
      : Single<Positionals[Name]>;
};

type Declaring<Options, Positionals> = Omit<CommandDeclaration, 'options' | 'positionals'> & {
  readonly options?: Options;
  readonly positionals?: Positionals;
};

/** What every command takes. */
export const commonOptions = {
  root: {
    value: 'root',
    default: '/',
    description: 'work on the system below this folder; where that has a shell, inside of it',
  },
  json: { description: 'print one JSON document' },
} as const satisfies OptionTable;

type Common = Values<typeof commonOptions, unknown>;

/** Declares a command; what `run` is called with has the types that the tables say. */
export function command<
  // biome-ignore lint/complexity/noBannedTypes: no options at all
  const Options extends OptionTable = {},
  // biome-ignore lint/complexity/noBannedTypes: no positionals at all
  const Positionals extends PositionalTable = {},
>(
  declaration: Declaring<Options, Positionals>,
  run: (values: Values<Options, Positionals> & Common) => Promise<number>,
): Command {
  return { positionals: {}, options: {}, ...declaration, run };
}

/** A command of which each has its own positionals and options. */
export function commandGroup(name: string, summary: string, commands: readonly Command[]): Command {
  return { name, summary, positionals: {}, options: {}, commands };
}

/** `dryRun` as it is typed: `dry-run`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
