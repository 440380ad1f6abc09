import yargs, { type Argv } from 'yargs';
import { version } from '../../package.json';
import { eventParsers } from '../adapters/parse-event.ts';
import { KmodsmithError } from '../errors.ts';

/**
 * Parses the command line and runs the command, which is imported only then. Returns the exit status.
 * @throws KmodsmithError USAGE and whatever the command throws.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let status = 0;
  const run = async (command: Promise<number>) => {
    status = await command;
  };
  const parser = declareCommands(declareParser(), run);
  await parser.parseAsync([...argv]);
  return status;
}

type Runner = (command: Promise<number>) => Promise<void>;
type Common = Argv<{ root: string; json: boolean }>;

function declareParser(): Common {
  return yargs()
    .scriptName('kmodsmith')
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'boolean-negation': false,
      'dot-notation': false,
    })
    .option('root', {
      type: 'string',
      default: '/',
      describe: 'work on the system below this folder',
      requiresArg: true,
    })
    .option('json', { type: 'boolean', default: false, describe: 'print one JSON document' })
    .strict()
    .demandCommand(1, 'a command is missing')
    .recommendCommands()
    .version(version)
    .help()
    .wrap(110)
    .exitProcess(false)
    .fail((message, error) => {
      if (error instanceof Error && error.name !== 'YError') throw error;
      throw new KmodsmithError('USAGE', message ?? error.message, {
        hint: "'kmodsmith --help' lists commands and options.",
      });
    });
}

const modulePositional = { type: 'string', demandOption: true } as const;

function declareCommands(parser: Common, run: Runner): Argv {
  return parser
    .command(
      'status [module]',
      'show what is registered, built and installed, what is stale and what failed',
      (y) =>
        y.positional('module', { type: 'string', describe: 'name or name/version' }).option('kernel', {
          alias: 'k',
          type: 'string',
          requiresArg: true,
          describe: 'only this kernel release',
        }),
      async ({ module, kernel, ...common }) =>
        run((await import('./status.ts')).runStatus({ module, kernel, ...common })),
    )
    .command(
      'plan',
      'show what would be done and why; changes nothing',
      (y) =>
        y.option('event', {
          type: 'string',
          array: true,
          requiresArg: true,
          default: [] as string[],
          describe: 'besides the queue, an event such as headers:upgrade:RELEASE',
        }),
      async (options) => run((await import('./plan.ts')).runPlan(options)),
    )
    .command(
      'run',
      'apply the queued events, or reconcile everything when none is queued',
      (y) =>
        y
          .option('all', { type: 'boolean', default: false, describe: 'reconcile everything' })
          .option('dry-run', { type: 'boolean', default: false, describe: 'only show the plan' }),
      async (options) => run((await import('./run.ts')).runRun(options)),
    )
    .command(
      'add <module>',
      'register a module: name/version in /usr/src, or a folder that holds dkms.conf',
      (y) => y.positional('module', modulePositional),
      async (options) => run((await import('./add.ts')).runAdd(options)),
    )
    .command(
      'install <module>',
      'build and install a module for a kernel by hand, whatever AUTOINSTALL says',
      (y) =>
        y
          .positional('module', { ...modulePositional, describe: 'name/version' })
          .option('kernel', {
            alias: 'k',
            type: 'string',
            demandOption: true,
            requiresArg: true,
            describe: 'kernel release',
          })
          .option('rebuild', {
            type: 'boolean',
            default: false,
            describe: 'build anew even when nothing has changed',
          }),
      async (options) => run((await import('./install.ts')).runInstall(options)),
    )
    .command(
      'remove <module>',
      'take a module out of every kernel and forget it; its source stays',
      (y) => y.positional('module', { ...modulePositional, describe: 'name/version' }),
      async (options) => run((await import('./remove.ts')).runRemove(options)),
    )
    .command(
      'generate <adapter> <kind>',
      'render native hook files',
      (y) =>
        y
          .positional('adapter', { choices: [...eventParsers.keys()], demandOption: true })
          .positional('kind', { choices: ['toolkit'] as const, demandOption: true })
          .option('output', {
            alias: 'o',
            type: 'string',
            requiresArg: true,
            describe: 'write below this folder',
          }),
      async ({ adapter, kind, output, json }) =>
        run((await import('./generate.ts')).runGenerate({ adapter, kind, output, json })),
    )
    .command('hook', 'for package manager hooks: hook [--root DIR] ADAPTER ENTRY [ARG...]');
}
