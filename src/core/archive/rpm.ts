import { resolve } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { run } from '../../system/exec.ts';

/** A package that brings a module, where an archive is expected: dkms goes by the name alone. */
export function isRpm(file: string): boolean {
  return file.endsWith('.rpm');
}

/**
 * Installs or upgrades a package with rpm, which says what it does on our stderr (dkms-compat.md section 6.13).
 * @throws KmodsmithError RPM_FAILED.
 */
export async function installRpm(file: string, root = '/'): Promise<void> {
  const argv = ['rpm', ...(root === '/' ? [] : [`--root=${root}`]), '-Uvh', '--', resolve(file)];
  const problem = await run(argv, { show: 'on-stderr' }).then(
    ({ exitCode }) => (exitCode === 0 ? undefined : `rpm ended with status ${exitCode}`),
    messageOf,
  );
  if (problem === undefined) return;
  throw new KmodsmithError('RPM_FAILED', `${file} is not installed: ${problem}`, {
    hint: "rpm says why above; on a system without rpm, give an archive that 'dkms mktarball' made.",
  });
}
