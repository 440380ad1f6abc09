import { join } from 'node:path';
import { dkmsVersion } from '../core/dkms-version.ts';
import { KmodsmithError } from '../errors.ts';
import { kindOfSync } from '../system/files.ts';
import { checkOptions } from './check-options.ts';
import { emptyCommandLine, type PathKind, readArguments } from './command-line.ts';
import { type DkmsContext, openDkmsContext } from './context.ts';
import type { ActionName } from './options.ts';
import { openOutput } from './output.ts';
import { reportError } from './report-error.ts';
import { usage } from './usage.ts';

type Action = (context: DkmsContext) => Promise<number>;

/** Loaded only when asked for: `status` must not pay for what builds. */
const actions: Readonly<Record<ActionName, () => Promise<Action>>> = {
  add: async () => (await import('./actions/add.ts')).add,
  remove: async () => (await import('./actions/remove.ts')).remove,
  build: async () => (await import('./actions/build.ts')).build,
  unbuild: async () => (await import('./actions/unbuild.ts')).unbuild,
  install: async () => (await import('./actions/install.ts')).install,
  uninstall: async () => (await import('./actions/uninstall.ts')).uninstall,
  autoinstall: async () => (await import('./actions/autoinstall.ts')).autoinstall,
  match: async () => (await import('./actions/match.ts')).match,
  mktarball: async () => (await import('./actions/mktarball.ts')).mktarball,
  ldtarball: async () => (await import('./actions/ldtarball.ts')).ldtarball,
  status: async () => (await import('./actions/status.ts')).status,
  generate_mok: async () => (await import('./actions/generate-mok.ts')).generateMok,
  kernel_preinst: async () => (await import('./actions/kernel-hooks.ts')).kernelPreinst,
  kernel_postinst: async () => (await import('./actions/kernel-hooks.ts')).kernelPostinst,
  kernel_prerm: async () => (await import('./actions/kernel-hooks.ts')).kernelPrerm,
};

/** The whole of `dkms ARGUMENTS`; returns its exit status (dkms-compat.md section 1.7). */
export async function runDkms(argv: readonly string[]): Promise<number> {
  const output = openOutput();
  const line = emptyCommandLine();
  try {
    try {
      readArguments(argv, line, lookAt);
    } finally {
      output.quiet = line.flags.has('quiet');
    }
    for (const warning of line.warnings) output.warn(warning);
    if (line.flags.has('showVersion') || line.flags.has('help')) {
      output.say(line.flags.has('showVersion') ? dkmsVersion : usage());
      return 0;
    }
    checkOptions(line);
    if (line.action === undefined) throw new KmodsmithError('USAGE', 'no action is given', { hint: usage() });
    const action = await actions[line.action]();
    return await action(await openDkmsContext(line, output));
  } catch (error) {
    return reportError(error, output);
  }
}

function lookAt(path: string): PathKind {
  const kind = kindOfSync(path);
  if (kind === 'file') return 'file';
  return kind === 'folder' && kindOfSync(join(path, 'dkms.conf')) === 'file' ? 'source-folder' : 'other';
}
