import { dirname, join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { readContained } from '../../system/contained.ts';
import { runChecked } from '../../system/exec.ts';
import { readBytes, writeAtomically } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { resultFolder } from '../layout.ts';
import { lend, removeLent } from '../sandbox/lend.ts';
import { type BuildRun, runBuildScript } from './compile.ts';
import { type BuildRequest, describe } from './request.ts';
import { stagingName } from './swap.ts';

/**
 * Runs POST_BUILD when the result is in place: real ones put files there that other modules are built with. In a sandbox
 * it sees a copy in that place, of which we take over what it made or changed; our own records are ours.
 * @throws KmodsmithError SCRIPT_FAILED, WRITE_FAILED, COMMAND_FAILED.
 */
export async function runPostBuild(request: BuildRequest, run: BuildRun): Promise<void> {
  const { settings, conf, layout, module, kernel } = request;
  const isEnclosed = settings.sandbox !== undefined && conf.scripts.POST_BUILD !== undefined;
  if (!isEnclosed) return runBuildScript(request, 'POST_BUILD', run);
  const result = resultFolder(layout, { module, release: kernel.release, arch: kernel.arch });
  const copy = join(dirname(result), stagingName(kernel.arch));
  try {
    await runChecked(['cp', '-a', '--reflink=auto', '--', result, copy]);
    await lend(settings, copy);
    const writable = [{ source: copy, target: result, isWritable: true }];
    await runBuildScript(request, 'POST_BUILD', { ...run, writable });
    await takeOver(request, { copy, result });
  } finally {
    await removeLent(settings, copy);
  }
}

const records = new Set(['provenance.json', 'manifest.json', 'log/make.log']);

/** Bytes. */
const largestFile = 1024 ** 3;

async function takeOver(
  request: BuildRequest,
  { copy, result }: { readonly copy: string; readonly result: string },
): Promise<void> {
  for (const name of filesBelow(copy).filter((path) => !records.has(path))) {
    const made = await readContained(copy, name, largestFile).catch((error: unknown) => {
      const why = messageOf(error);
      request.settings.onWarning(`${describe(request)}: POST_BUILD made ${name}, which is left out: ${why}`);
    });
    const before = await readBytes(join(result, name)).catch(() => undefined);
    if (made && !before?.equals(made)) await writeAtomically(join(result, name), made);
  }
}
