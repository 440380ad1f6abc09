import { join } from 'node:path';
import { readFramework } from '../../config/framework.ts';
import type { ModuleId } from '../../policy/types.ts';
import { BuildLog } from '../build/log.ts';
import type { Layout } from '../layout.ts';

export interface PostTransaction {
  readonly layout: Layout;
  /** What the command sees. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where settings come from that no file has; the engine has none. */
  readonly inherited?: Readonly<Record<string, string | undefined>>;
  /** The one that a command line names: `$module`. */
  readonly module?: ModuleId;
  /** The kernels whose modules are others than before, the one that `$kernelver` is meant for first. */
  readonly kernels: readonly string[];
}

/**
 * Runs the command that the admin wants after a change (framework.conf, post_transaction; dkms-compat.md section 3.7).
 * It is for callers that have changed something and hold no lock: the command may well call dkms. The settings are read again for every kernel, because they may name
 * `$kernelver`; a command that comes out the same runs once. What it says is in `<tree>/post_transaction.log`.
 * @returns the exit status of the last command that failed, or 0; a failure undoes nothing.
 * @throws KmodsmithError FRAMEWORK_INVALID, WRITE_FAILED, COMMAND_FAILED.
 */
export async function runPostTransaction(request: PostTransaction): Promise<number> {
  const { layout, environment } = request;
  const commands = await readCommands(request);
  if (commands.size === 0) return 0;
  const log = await BuildLog.startBare(postTransactionLog(layout));
  let status = 0;
  for (const command of commands) {
    const argv = ['bash', '--noprofile', '--norc', '-c', command, 'dkms'];
    const step = { description: 'Executing post-transaction command', command };
    const { exitCode } = await log.run(step, argv, { env: environment });
    if (exitCode !== 0) status = exitCode;
  }
  return status;
}

export function postTransactionLog({ dkmsTree }: Layout): string {
  return join(dkmsTree, 'post_transaction.log');
}

async function readCommands(request: PostTransaction): Promise<Set<string>> {
  const { layout, inherited: environment = {}, kernels, module } = request;
  const commands = new Set<string>();
  for (const kernel of kernels) {
    const reading = { kernel, environment, ...(module && { module }), onWarning: () => undefined };
    const { postTransaction } = await readFramework(layout.root, reading);
    if (postTransaction !== undefined) commands.add(postTransaction);
  }
  return commands;
}
