import { presetNames } from '../policy/presets.ts';
import { kernels } from './common-declarations.ts';
import { type Command, command } from './declare.ts';

/** What only looks, and changes nothing. */
export const reportingCommands: readonly Command[] = [
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
        output: { alias: 'o', value: 'file', description: 'save the plan in this file, for apply' },
      },
    },
    async (values) => (await import('./plan.ts')).runPlan(values),
  ),
  command(
    {
      name: 'explain',
      summary: 'tell why a module is as it is, what the next run does, and what would change that',
      details:
        'Without kernels, in short for every kernel; with them, all that is known: the build and its inputs, the policy and what set it, and the last event. Any user may ask.',
      subjects: { modules: 'registered' },
      positionals: { module: { value: 'module', description: 'name or name/version' } },
      options: kernels,
    },
    async (values) => (await import('./explain.ts')).runExplain(values),
  ),
  command(
    {
      name: 'log',
      summary: 'print what was said in the last attempt to build a module',
      details:
        'The last five attempts of each module and kernel are kept, successful or not. Without kernels, the last one for any of them. Any user may ask.',
      subjects: { modules: 'registered' },
      positionals: { module: { value: 'module', description: 'name or name/version' } },
      options: {
        ...kernels,
        all: { description: 'print all attempts that are kept, the oldest first' },
        list: {
          description: 'only list them: when each was, what became of it and why, and where its log is',
        },
      },
    },
    async (values) => (await import('./log.ts')).runLog(values),
  ),
  command(
    {
      name: 'provenance',
      summary: 'show what a build was made from, by which compiler, how and why',
      details:
        'Without kernels, of every build of the module. With --json, which takes one build, as an in-toto Statement with a predicate of SLSA provenance v1. Any user may ask.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: { value: 'module', description: 'name or name/version' } },
      options: kernels,
    },
    async (values) => (await import('./provenance.ts')).runProvenance(values),
  ),
  command(
    {
      name: 'verify',
      summary: 'check that what is installed is whole and fits its kernels; changes nothing',
      details:
        'Looks at every installed file: whether it is what was installed, whether its kernel would load it (release, machine, and the symbols that it imports with their versions, by the Module.symvers of the headers), whether modprobe finds it, and whether it is signed. Also compares what kernels load by links to modules of other kernels (weak-updates), whatever is recorded of them. Ends with 1 when something is not in order. Any user may ask.',
      subjects: { modules: 'built', kernels: 'built' },
      positionals: { module: { value: 'module', optional: true, description: 'name or name/version' } },
      options: kernels,
    },
    async (values) => (await import('./verify.ts')).runVerify(values),
  ),
  command(
    {
      name: 'preflight',
      summary: 'show what a kernel would do to every module before it is installed; changes nothing',
      details:
        'The headers are those of an installed kernel, a build tree, or the packages that they come in: .deb, .rpm or .pkg.tar files, all of them where a distribution splits them. Modules that are in use and would be missing are named at the end. Ends with 1 when one of those is critical by the policy. Any user may ask.',
      positionals: { kernel: { value: 'kernel', description: 'a kernel release' } },
      options: {
        headers: {
          value: 'file',
          repeatable: true,
          description: 'a build tree or a package; may be given several times',
        },
        build: { description: 'really build the modules, in private folders' },
        logs: { value: 'folder', description: 'with --build, where to keep the logs of builds that fail' },
      },
    },
    async (values) => (await import('./preflight.ts')).runPreflight(values),
  ),
  command(
    {
      name: 'matrix',
      summary: 'show what the policy does on every event, as one table',
      details:
        'Every cell is found by deciding about a machine that is made for it. With a preset, what that one does, whatever the files say, and where it differs from the hooks of the distribution. Markdown and HTML come with the reasons.',
      options: {
        preset: { value: 'choice', choices: presetNames, description: 'of a preset, not of this machine' },
        format: {
          value: 'choice',
          choices: ['text', 'markdown', 'json', 'html'],
          default: 'text',
          description: 'how to print it',
        },
      },
    },
    async (values) => (await import('./matrix.ts')).runMatrix(values),
  ),
];
