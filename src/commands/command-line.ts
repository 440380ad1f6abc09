import { closestMatch } from 'leven';
import yargs, { type Argv, type Options, type PositionalOptions } from 'yargs';
import { version } from '../../package.json';
import { KmodsmithError } from '../errors.ts';
import { isInside } from '../system/inside.ts';
import { commands } from './commands.ts';
import {
  type Command,
  commonOptions,
  flagName,
  type OptionDeclaration,
  type OptionTable,
  type PositionalDeclaration,
} from './declare.ts';
import { runElsewhere } from './elsewhere.ts';

/**
 * Parses the command line and runs the command, which is imported only then. Returns the exit status.
 * @throws KmodsmithError USAGE and whatever the command throws.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let status = 0;
  const parser = makeParser(argv);
  addCommands(parser, commands, async (command, values) => {
    checkValues({ ...command.options, ...commonOptions }, values);
    const elsewhere = await runElsewhere(command, values, argv);
    const own = isInside ? { ...values, root: '/' } : values;
    status = elsewhere ?? (await command.run?.(own as never)) ?? 0;
  });
  parser.command('hook', 'for package manager hooks: hook [--root DIR] ADAPTER ENTRY [ARG...]');
  await parser.parseAsync([...argv]);
  return status;
}

/** yargs proposes another command without saying which word it takes for a mistyped one. */
function nameWord(message: string, argv: readonly string[]): string {
  const [, proposal] = /^Did you mean (.*)\?$/.exec(message) ?? [];
  if (proposal === undefined) return message;
  return `'${closestMatch(proposal, argv)}' is no command. ${message}`;
}

type Runner = (command: Command, values: Readonly<Record<string, unknown>>) => Promise<void>;

function makeParser(argv: readonly string[]): Argv {
  const parser = yargs()
    .scriptName('kmodsmith')
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'boolean-negation': false,
      'dot-notation': false,
      'greedy-arrays': false,
    })
    .strict()
    .demandCommand(1, 'a command is missing')
    .recommendCommands()
    .version(version)
    .help()
    .wrap(110)
    .exitProcess(false)
    .fail((message, error) => {
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw new KmodsmithError('USAGE', nameWord(message ?? error.message, argv), {
        hint: "'kmodsmith --help' lists commands and options.",
      });
    });
  return addOptions(parser, commonOptions);
}

function addCommands(parser: Argv, table: readonly Command[], run: Runner): Argv {
  for (const command of table) {
    parser.command({
      command: [command.name, ...Object.entries(command.positionals).map(usageOf)].join(' '),
      describe: command.summary,
      builder: (own: Argv) => configure(own, command, run),
      handler: async (values) => (command.commands === undefined ? run(command, values) : undefined),
    });
  }
  return parser;
}

function configure(parser: Argv, command: Command, run: Runner): Argv {
  if (command.commands !== undefined) {
    return addCommands(parser, command.commands, run).demandCommand(1, missingWord(command));
  }
  for (const [name, { choices, description }] of Object.entries(command.positionals)) {
    const options: PositionalOptions = { type: 'string', describe: description };
    parser.positional(name, choices === undefined ? options : { ...options, choices });
  }
  return addOptions(parser, command.options);
}

function missingWord({ name, commands: own = [] }: Command): string {
  return `${name}: a command is missing: ${own.map((command) => command.name).join(', ')}`;
}

function usageOf([name, { optional, repeatable }]: [string, PositionalDeclaration]): string {
  const words = repeatable === true ? `${name}..` : name;
  return optional === true ? `[${words}]` : `<${words}>`;
}

function addOptions(parser: Argv, table: OptionTable): Argv {
  for (const [name, option] of Object.entries(table)) parser.option(flagName(name), settingsOf(option));
  return parser;
}

function settingsOf(option: OptionDeclaration): Options {
  const { alias, choices, description: describe } = option;
  const common = { describe, ...(alias !== undefined && { alias }) };
  if (option.value === undefined) return { ...common, type: 'boolean', default: false };
  return {
    ...common,
    type: 'string',
    requiresArg: true,
    ...(choices !== undefined && { choices }),
    ...(option.default !== undefined && { default: option.default }),
    ...(option.required === true && { demandOption: true }),
    ...(option.repeatable === true && { array: true }),
    ...(option.repeatable === true && option.required !== true && { default: [] }),
  };
}

/** yargs takes an empty value for one, and makes a list of what is given twice. */
function checkValues(table: OptionTable, values: Readonly<Record<string, unknown>>): void {
  for (const [name, option] of Object.entries(table)) {
    const value = values[name];
    const flag = `--${flagName(name)}`;
    if (Array.isArray(value) && option.repeatable !== true) {
      throw new KmodsmithError('USAGE', `${flag} is given more than once`, { hint: 'Give it once.' });
    }
    if (value === '' || (Array.isArray(value) && value.includes(''))) {
      throw new KmodsmithError('USAGE', `${flag} is given without a value`, {
        hint: 'An empty variable of a script does that.',
      });
    }
  }
}
