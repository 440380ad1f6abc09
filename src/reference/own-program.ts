import { commands } from '../commands/commands.ts';
import {
  type Command,
  commonOptions,
  flagName,
  type OptionDeclaration,
  type OptionTable,
} from '../commands/declare.ts';
import type { Operand, Program, ProgramAction, ProgramOption } from './program.ts';

/** What yargs brings along. */
const builtIn: readonly ProgramOption[] = [
  { flags: ['--help'], description: 'show help, of the command if there is one' },
  { flags: ['--version'], description: 'say which kmodsmith this is' },
];

/** The command line of `kmodsmith`. */
export function ownProgram(): Program {
  return {
    name: 'kmodsmith',
    actions: commands.flatMap((command) => actionsOf(command, '')),
    groups: commands
      .filter((command) => command.commands !== undefined)
      .map(({ name, summary }) => ({ name, summary })),
    commonOptions: [...optionsOf(commonOptions), ...builtIn],
  };
}

function actionsOf(command: Command, prefix: string): ProgramAction[] {
  const name = `${prefix}${command.name}`;
  if (command.commands !== undefined) return command.commands.flatMap((own) => actionsOf(own, `${name} `));
  const { summary, details, positionals, subjects } = command;
  return [
    {
      ...{ name, summary, details },
      operands: Object.entries(positionals).map(
        ([operand, { value, ...declared }]): Operand => ({ name: operand, kind: value, ...declared }),
      ),
      options: optionsOf(command.options),
      subjects: { modules: 'registered', kernels: 'present', ...subjects },
    },
  ];
}

function optionsOf(table: OptionTable): ProgramOption[] {
  return Object.entries(table).map(([name, option]) => ({
    flags: [...(option.alias === undefined ? [] : [`-${option.alias}`]), `--${flagName(name)}`],
    kind: option.value,
    choices: option.choices,
    placeholder: placeholderOf(option),
    repeatable: option.repeatable,
    description: option.description,
  }));
}

function placeholderOf({ value, choices }: OptionDeclaration): string | undefined {
  if (choices !== undefined) return choices.join('|');
  return (value === 'root' ? 'folder' : value)?.toUpperCase();
}
