import { type Command, command, commandGroup, type OptionTable } from './declare.ts';

const output = {
  output: { alias: 'o', value: 'folder', description: 'write below this folder' },
} as const satisfies OptionTable;

const checking = {
  check: {
    description: 'write nothing; fail when a file below the output folder is not what would be written',
  },
  lint: { description: 'run shellcheck over the scripts, where it is installed; fail by what it finds' },
} as const satisfies OptionTable;

const subject = {
  package: {
    value: 'text',
    description: 'the binary package: of a kernel, or of a module where it cannot be told',
  },
  module: { value: 'module', description: 'NAME/VERSION, instead of what the dkms.conf says' },
  release: {
    value: 'text',
    description: 'of a kernel: as uname -r prints it, where the name of the package does not say it',
  },
  part: {
    value: 'choice',
    choices: ['image', 'headers'],
    description: 'of a kernel: what the package holds, where its name does not say it',
  },
} as const satisfies OptionTable;

const debianPackaging = {
  source: {
    value: 'folder',
    description: 'of a module: the unpacked Debian source package (default: the working directory)',
  },
  ...subject,
  form: {
    value: 'choice',
    choices: ['script', 'snippet'],
    default: 'script',
    description: 'whole maintainer scripts, or what debhelper puts into its own',
  },
} as const satisfies OptionTable;

const archPackaging = {
  source: {
    value: 'folder',
    description:
      'of a module: the folder of the PKGBUILD, which makepkg runs (default: the working directory)',
  },
  ...subject,
} as const satisfies OptionTable;

const rpmPackaging = {
  source: {
    value: 'folder',
    description: 'the spec, which rpmspec reads, or its folder (default: the working directory)',
  },
  ...subject,
  form: {
    value: 'choice',
    choices: ['script', 'snippet'],
    default: 'script',
    description: 'sections for a spec to include, or the lines of each for a spec that has such sections',
  },
} as const satisfies OptionTable;

const generating: readonly Command[] = [
  command(
    {
      name: 'dpkg',
      summary: 'the native hook files for dpkg',
      positionals: {
        kind: {
          value: 'choice',
          choices: ['toolkit', 'module', 'kernel'],
          description:
            "whose: toolkit, kmodsmith itself; module, a package of a module's source; or kernel, one of an image or headers that runs no hooks of the distribution",
        },
      },
      options: { ...output, ...debianPackaging, ...checking },
    },
    async (values) => (await import('./generate-hooks.ts')).runGenerateHooks({ adapter: 'dpkg', ...values }),
  ),
  command(
    {
      name: 'pacman',
      summary: 'the native hook files for pacman',
      positionals: {
        kind: {
          value: 'choice',
          choices: ['toolkit', 'module', 'kernel'],
          description:
            "whose: toolkit, kmodsmith itself, which serves all packages that keep Arch's paths; module or kernel, a package that does not",
        },
      },
      options: { ...output, ...archPackaging, ...checking },
    },
    async (values) =>
      (await import('./generate-hooks.ts')).runGenerateHooks({
        adapter: 'pacman',
        form: 'script',
        ...values,
      }),
  ),
  command(
    {
      name: 'rpm',
      summary: 'the native hook files for rpm, dnf and zypper',
      positionals: {
        kind: {
          value: 'choice',
          choices: ['toolkit', 'module', 'kernel'],
          description:
            "whose: toolkit, kmodsmith itself, which serves all packages that keep the paths of Fedora or SUSE; module, a package of a module's source; or kernel, one that does not keep them",
        },
      },
      options: { ...output, ...rpmPackaging, ...checking },
    },
    async (values) => (await import('./generate-hooks.ts')).runGenerateHooks({ adapter: 'rpm', ...values }),
  ),
  command(
    {
      name: 'shims',
      summary: 'the programs besides dkms itself that packages and hooks call by their path',
      options: output,
    },
    async (values) => (await import('./generate.ts')).runGenerateShims(values),
  ),
  command(
    {
      name: 'completion',
      summary: 'what a shell needs to complete the command line',
      positionals: {
        shell: { value: 'choice', choices: ['bash', 'zsh', 'fish'], description: 'bash, zsh or fish' },
      },
      options: {
        for: {
          value: 'choice',
          choices: ['kmodsmith', 'dkms'],
          default: 'kmodsmith',
          description: 'for which program',
        },
        ...output,
      },
    },
    async (values) => (await import('./generate-texts.ts')).runGenerateCompletion(values),
  ),
  command(
    {
      name: 'man',
      summary: 'the manual pages, or one of them',
      positionals: {
        page: {
          value: 'choice',
          choices: ['kmodsmith.8', 'dkms.8', 'dkms.conf.5'],
          optional: true,
          description: 'which page: kmodsmith.8, dkms.8 or dkms.conf.5',
        },
      },
      options: output,
    },
    async (values) => (await import('./generate-texts.ts')).runGenerateMan(values),
  ),
];

/** What is made from tables and templates: for packages, mostly. */
export const generateCommands = commandGroup(
  'generate',
  'print or write native hook files, completions and manual pages',
  generating,
);
