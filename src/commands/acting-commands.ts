import {
  dryRun,
  everyBuiltKernel,
  everyKernel,
  jobs,
  kernels,
  moduleArgument,
  modulesArgument,
  rebuild,
  requiredKernels,
} from './common-declarations.ts';
import { type Command, command } from './declare.ts';

const wholeSystem =
  'For an image, which is another system (--root) or with --all the one that we are in: where no kernel is given, every one that has headers is meant; where no module is given, every one, and sources that nobody has registered are registered.';

/** What changes the machine. */
export const actingCommands: readonly Command[] = [
  command(
    {
      name: 'run',
      summary: 'apply the queued events, or reconcile everything when none is queued',
      details: 'At each boot kmodsmith.service does this.',
      options: { all: { description: 'reconcile everything' }, ...jobs, ...dryRun },
    },
    async (values) => (await import('./run.ts')).runRun(values),
  ),
  command(
    {
      name: 'autoinstall',
      summary: 'build and install for kernels what the policy gives them',
      details:
        'Without kernels, for the running one; of another system (--root) for all. Only these kernels are looked at; the queue stays as it is.',
      options: { ...kernels, ...jobs, ...dryRun },
    },
    async (values) => (await import('./autoinstall.ts')).runAutoinstall(values),
  ),
  command(
    {
      name: 'mark-for-rebuild',
      summary: 'have builds made anew at the next occasion; they stay in use until then',
      details:
        'The next build, install, autoinstall or event that concerns them makes them anew, whatever else the policy says. Marks survive reboots; status shows them.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: { value: 'module', optional: true, description: 'name or name/version' } },
      options: { ...requiredKernels, clear: { description: 'take the marks away' }, ...dryRun },
    },
    async (values) => (await import('./mark-for-rebuild.ts')).runMarkForRebuild(values),
  ),
  command(
    {
      name: 'apply',
      summary: 'carry out a plan that was saved, if nothing has moved since',
      details:
        'When a kernel, a module, a build or the policy is not what it was, nothing is done. Calls of hooks that came later stay in the queue.',
      positionals: { file: { value: 'file', description: 'what plan --output has written' } },
      options: { ...jobs, ...dryRun },
    },
    async (values) => (await import('./apply.ts')).runApply(values),
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
      summary: 'build modules for kernels by hand; installs nothing',
      details: `What is installed stays as it is. Nothing is built when nothing has changed since the last build. ${wholeSystem}`,
      subjects: { modules: 'registered' },
      positionals: { module: modulesArgument },
      options: { ...kernels, ...everyKernel, ...rebuild, ...jobs, ...dryRun },
    },
    async (values) => (await import('./build.ts')).runBuild(values),
  ),
  command(
    {
      name: 'install',
      summary: 'build and install modules for kernels by hand, whatever AUTOINSTALL says',
      details: `Of several, one that fails does not keep the others from being served; the command fails then. ${wholeSystem}`,
      subjects: { modules: 'registered' },
      positionals: { module: modulesArgument },
      options: { ...kernels, ...everyKernel, ...rebuild, ...jobs, ...dryRun },
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
      details:
        'This is what dkms calls unbuild. The next run builds again what has AUTOINSTALL=yes. With --all-autoinstall and without a module it undoes what autoinstall did, and leaves what was built by hand.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: { ...moduleArgument, optional: true } },
      options: {
        ...kernels,
        ...everyBuiltKernel,
        allAutoinstall: { description: 'all that autoinstall built for the kernels' },
        ...dryRun,
      },
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
        ...jobs,
        ...dryRun,
      },
    },
    async (values) => (await import('./match.ts')).runMatch(values),
  ),
];
