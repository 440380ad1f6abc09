import { join } from 'node:path';
import { run } from '../../system/exec.ts';
import { exists, readTextIfPresent } from '../../system/files.ts';
import { filesBelow } from '../../system/fingerprint.ts';
import { runningRelease } from '../../system/machine.ts';

/**
 * Loads the modules for all hardware that is there, then has systemd load what it was told to, for an install into the
 * kernel that runs (framework.conf, modprobe_on_install; dkms-compat.md section 3.7). For another kernel it does nothing.
 * @param env what the programs see, and by whose PATH they are found; default: a clean one.
 * @returns whether the kernel runs. That a module does not load is no error: the next boot tries again.
 */
export async function loadModules(
  release: string,
  env: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  if (release !== runningRelease) return false;
  const aliases = await collectAliases('/sys/devices');
  if (aliases.length > 0) await tryToRun(['modprobe', '-a', '-b', '-q', ...aliases], env);
  const service = 'systemd-modules-load.service';
  if (await exists(join('/lib/systemd/system', service)))
    await tryToRun(['systemctl', 'restart', service], env);
  return true;
}

/** What the devices below a folder of sysfs(5) call themselves, sorted, each once. */
export async function collectAliases(folder: string): Promise<string[]> {
  const files = filesBelow(folder).filter((path) => path === 'modalias' || path.endsWith('/modalias'));
  const texts = await Promise.all(
    files.map((path) => readTextIfPresent(join(folder, path)).catch(() => undefined)),
  );
  return [...new Set(texts.map((text) => text?.trim() ?? ''))].filter((alias) => alias !== '').sort();
}

async function tryToRun(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  await run(argv, { timeoutSeconds: 120, env }).catch(() => undefined);
}
