import type { Distribution } from '../../distros/index.ts';
import { run } from '../../system/exec.ts';
import { isExecutable } from '../../system/files.ts';
import type { Layout } from '../layout.ts';

export interface WeakModulesChange {
  readonly layout: Layout;
  readonly distribution: Distribution;
  readonly release: string;
  /** Absolute paths of the modules that are there now, or no longer. */
  readonly paths: readonly string[];
  readonly onWarning: (message: string) => void;
}

/**
 * Tells the distribution's tool for modules that fit other kernels too (kABI) what was installed for one, or uninstalled (dkms-compat.md section 3.6). Where there is no such tool nothing happens; it knows no other root. What
 * it cannot do is a warning: the module is in place for its own kernel.
 * @returns whether it was told anything.
 */
export async function updateWeakModules(
  change: 'add' | 'remove',
  { layout, distribution, release, paths, onWarning }: WeakModulesChange,
): Promise<boolean> {
  const argv = weakModulesCommand(distribution, change, release);
  if (argv === undefined || layout.root !== '/' || paths.length === 0) return false;
  if (!(await isExecutable(argv[0] ?? ''))) return false;
  const problem = await tellTool(argv, paths);
  if (problem !== undefined) onWarning(`${argv[0]} for ${release}: ${problem}`);
  return true;
}

/** The tool and its arguments. dkms passes SUSE's a kernel that it has forgotten to expand. */
export function weakModulesCommand(
  { weakModules }: Distribution,
  change: 'add' | 'remove',
  release: string,
): readonly string[] | undefined {
  switch (weakModules) {
    case 'weak-modules':
      return ['/usr/sbin/weak-modules', '--no-initramfs', `--${change}-modules`];
    case 'weak-modules2':
      return ['/usr/lib/module-init-tools/weak-modules2', `--${change}-kernel-modules`, release];
    default:
      return undefined;
  }
}

/** What the tool, fed with paths, had to object. */
export async function tellTool(
  argv: readonly string[],
  paths: readonly string[],
): Promise<string | undefined> {
  const input = paths.map((path) => `${path}\n`).join('');
  const result = await run(argv, { input, timeoutSeconds: 300 }).catch((error: Error) => error);
  if (result instanceof Error) return result.message;
  if (result.exitCode === 0) return undefined;
  return `exit status ${result.exitCode}: ${`${result.stdout}${result.stderr}`.trim()}`;
}
