import { run } from '../../system/exec.ts';
import { kindOf } from '../../system/files.ts';

type Environment = Readonly<Record<string, string>>;

/** What is bash's own business. */
const ofShell = /^(_|PWD|OLDPWD|SHLVL|PATH|LC_ALL)$/;

/**
 * What whoever signs sees: what make sees, and so what the file of `build_environment` exports, where the PIN of a token
 * or the settings of OpenSSL may be (dkms-compat.md section 2.6).
 */
export async function signingEnvironment(given: Environment, file: string | undefined): Promise<Environment> {
  if (file === undefined || (await kindOf(file)) !== 'file') return given;
  const shell = ['bash', '--noprofile', '--norc', '-c', '. "$1" >/dev/null && env -0', 'dkms', file];
  const { stdout, exitCode } = await run(shell, { env: given, timeoutSeconds: 60 });
  if (exitCode !== 0) return given;
  const pairs = stdout.split('\0').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]);
  const exported = pairs.filter(([name = '']) => name !== '' && !(ofShell.test(name) && !(name in given)));
  return Object.fromEntries(exported) as Environment;
}
