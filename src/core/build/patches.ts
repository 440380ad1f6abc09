import { join } from 'node:path';
import { KmodsmithError } from '../../errors.ts';
import { patchError, quoting } from '../../formats/step-log.ts';
import { runChecked } from '../../system/exec.ts';
import { kindOf } from '../../system/files.ts';
import { logHint } from '../sandbox/hint.ts';
import type { BuildRun } from './compile.ts';
import { type BuildRequest, describe } from './request.ts';
import { enclose } from './shell.ts';

/** Where an admin's own patches for a module are; they replace the package's of the same name. */
export function patchOverrides({ layout, module }: Pick<BuildRequest, 'layout' | 'module'>): string {
  return join(layout.configFolder, module.name, 'patches');
}

/**
 * Lays the admin's patches over the package's, then applies those that dkms.conf names.
 * @throws KmodsmithError PATCH_MISSING, PATCH_FAILED.
 */
export async function applyPatches(request: BuildRequest, run: BuildRun): Promise<void> {
  const overrides = patchOverrides(request);
  if ((await kindOf(overrides)) === 'folder') {
    for (const argv of [
      ['mkdir', '-p', '--', join(run.seenAs, 'patches')],
      ['cp', '-r', '--', `${overrides}/.`, join(run.seenAs, 'patches')],
    ])
      await runChecked(enclose(request, argv), { cwd: run.seenAs });
  }
  for (const patch of request.conf.patches) await applyPatch(request, patch, run);
}

async function applyPatch(
  request: BuildRequest,
  patch: string,
  { folder, seenAs, log }: BuildRun,
): Promise<void> {
  const file = join(folder, 'patches', patch);
  if (patch.split('/').includes('..') || (await kindOf(file)) !== 'file') {
    throw new KmodsmithError(
      'PATCH_MISSING',
      `${describe(request)} cannot be built: its dkms.conf names the patch ${patch}, which is not in ${seenAs}/patches`,
      { hint: `Reinstall the module's package, or put the patch into ${patchOverrides(request)}.` },
    );
  }
  const step = { description: `Applying patch ${patch}`, command: `patch -p1 < ./patches/${patch}` };
  const argv = ['patch', '-p1', '--forward', `--input=patches/${patch}`];
  const { exitCode, said } = await log.run(step, enclose(request, argv), { cwd: seenAs });
  if (exitCode === 0) return;
  const title = `${describe(request)}: the patch ${patch} does not apply`;
  throw new KmodsmithError('PATCH_FAILED', quoting(title, patchError(said)), {
    hint: logHint(log.path, said, request.settings),
  });
}
