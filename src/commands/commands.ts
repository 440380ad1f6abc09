import { type Command, command, type OptionTable } from './declare.ts';
import { generateCommands } from './generate-commands.ts';

const moduleArgument = { value: 'module', description: 'name/version' } as const;
const dryRun = { dryRun: { description: 'only show what would be done' } } as const satisfies OptionTable;
const rebuild = {
  rebuild: { description: 'build anew even when nothing has changed' },
} as const satisfies OptionTable;

const kernels = {
  kernel: {
    alias: 'k',
    value: 'kernel',
    repeatable: true,
    description: 'a kernel release; may be given several times',
  },
} as const satisfies OptionTable;

const requiredKernels = { kernel: { ...kernels.kernel, required: true } } as const satisfies OptionTable;

const everyBuiltKernel = {
  all: { description: 'every kernel for which the module is built' },
} as const satisfies OptionTable;

const reporting: readonly Command[] = [
  command(
    {
      name: 'status',
      summary: 'show what is registered, built and installed, what is stale and what failed',
      details: 'Any user may ask. With a module, or with kernels, only what concerns them is shown.',
      subjects: { modules: 'registered' },
      positionals: { module: { value: 'module', optional: true, description: 'name or name/version' } },
      options: kernels,
    },
    async (values) => (await import('./status.ts')).runStatus(values),
  ),
  command(
    {
      name: 'plan',
      summary: 'show what would be done and why; changes nothing',
      details:
        'Looks at what hooks have recorded and at the events given; without any of them, at everything. An event is subject:transition:object, for example headers:upgrade:RELEASE, image:remove:RELEASE, module:install:NAME/VERSION or toolkit:upgrade.',
      options: {
        event: {
          value: 'event',
          repeatable: true,
          description: 'besides the queue, an event such as headers:upgrade:RELEASE',
        },
      },
    },
    async (values) => (await import('./plan.ts')).runPlan(values),
  ),
];

const acting: readonly Command[] = [
  command(
    {
      name: 'run',
      summary: 'apply the queued events, or reconcile everything when none is queued',
      details:
        'With kernels, only they are looked at, with all modules, whatever is queued; the queue stays as it is.',
      options: { ...kernels, all: { description: 'reconcile everything' }, ...dryRun },
    },
    async (values) => (await import('./run.ts')).runRun(values),
  ),
  command(
    {
      name: 'add',
      summary: 'register a module: name/version in /usr/src, or a folder that holds dkms.conf',
      details:
        'A folder elsewhere is copied to /usr/src first, never over another source. Adding again changes nothing.',
      subjects: { modules: 'source' },
      positionals: { module: { value: 'source', description: 'name/version, or a folder' } },
      options: dryRun,
    },
    async (values) => (await import('./add.ts')).runAdd(values),
  ),
  command(
    {
      name: 'build',
      summary: 'build a module for kernels by hand; installs nothing',
      details:
        'What is installed stays as it is. Nothing is built when nothing has changed since the last build.',
      subjects: { modules: 'registered' },
      positionals: { module: moduleArgument },
      options: { ...requiredKernels, ...rebuild, ...dryRun },
    },
    async (values) => (await import('./build.ts')).runBuild(values),
  ),
  command(
    {
      name: 'install',
      summary: 'build and install a module for kernels by hand, whatever AUTOINSTALL says',
      details:
        'With several kernels, one that fails does not keep the others from being served; the command fails then.',
      subjects: { modules: 'registered' },
      positionals: { module: moduleArgument },
      options: { ...requiredKernels, ...rebuild, ...dryRun },
    },
    async (values) => (await import('./install.ts')).runInstall(values),
  ),
  command(
    {
      name: 'uninstall',
      summary: 'take a module out of kernels; its builds stay',
      details: 'The next run installs again what has AUTOINSTALL=yes.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: moduleArgument },
      options: { ...kernels, ...everyBuiltKernel, ...dryRun },
    },
    async (values) => (await import('./undo.ts')).runUninstall(values),
  ),
  command(
    {
      name: 'discard',
      summary: 'take a module out of kernels and delete its builds; it stays registered',
      details: 'This is what dkms calls unbuild. The next run builds again what has AUTOINSTALL=yes.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: moduleArgument },
      options: { ...kernels, ...everyBuiltKernel, ...dryRun },
    },
    async (values) => (await import('./undo.ts')).runDiscard(values),
  ),
  command(
    {
      name: 'remove',
      summary: 'take a module out of every kernel and forget it; its source stays',
      subjects: { modules: 'registered' },
      positionals: { module: moduleArgument },
      options: dryRun,
    },
    async (values) => (await import('./remove.ts')).runRemove(values),
  ),
  command(
    {
      name: 'match',
      summary: 'build and install for kernels what is installed for another one',
      details: 'With a module, only that one. What is not for a kernel, by its BUILD_EXCLUSIVE, is left out.',
      subjects: { modules: 'built' },
      positionals: { module: { value: 'module', optional: true, description: 'name or name/version' } },
      options: {
        template: { value: 'kernel', required: true, description: 'the kernel whose modules are wanted' },
        ...requiredKernels,
        ...dryRun,
      },
    },
    async (values) => (await import('./match.ts')).runMatch(values),
  ),
];

const archives: readonly Command[] = [
  command(
    {
      name: 'export',
      summary: 'pack the source and the builds of a module into an archive that any dkms can load',
      details:
        'With kernels, only their builds. Without --output the archive goes to the folder of the module for archives.',
      subjects: { modules: 'registered', kernels: 'built' },
      positionals: { module: moduleArgument },
      options: {
        ...kernels,
        sourceOnly: { description: 'pack no builds' },
        binariesOnly: { description: 'pack no source' },
        output: { alias: 'o', value: 'file', description: 'the archive to write' },
        ...dryRun,
      },
    },
    async (values) => (await import('./export.ts')).runExport(values),
  ),
  command(
    {
      name: 'import',
      summary: 'register the module of an archive, with the source and the builds that it holds',
      details: 'What export or dkms mktarball wrote, or any tar archive that holds the source of a module.',
      positionals: { file: { value: 'file', description: 'the archive' } },
      options: {
        force: { description: 'replace the source and the builds of a module that is registered' },
        ...dryRun,
      },
    },
    async (values) => (await import('./import.ts')).runImport(values),
  ),
];

const signing: readonly Command[] = [
  command(
    {
      name: 'signing-key',
      summary: 'show what modules are signed with, or make the key that is missing',
      details:
        'Nothing else ever makes a key. With kernels, only what concerns them is shown; framework.conf may name a key for each.',
      options: {
        ...kernels,
        generate: { description: 'make the key and the certificate that are missing' },
        ...dryRun,
      },
    },
    async (values) => (await import('./signing-key.ts')).runSigningKey(values),
  ),
];

/** The commands of kmodsmith, but for `hook`, which is for package managers. Each is imported when it is run. */
export const commands: readonly Command[] = [
  ...reporting,
  ...acting,
  ...archives,
  ...signing,
  generateCommands,
];
