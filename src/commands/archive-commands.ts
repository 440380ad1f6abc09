import { dryRun, kernels, moduleArgument } from './common-declarations.ts';
import { type Command, command } from './declare.ts';

/** What carries modules from one machine to another. */
export const archiveCommands: readonly Command[] = [
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

/** What modules are signed with. */
export const signingCommands: readonly Command[] = [
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
