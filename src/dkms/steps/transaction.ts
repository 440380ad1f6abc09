import { runDepmod } from '../../core/install/depmod.ts';
import { loadModules } from '../../core/install/modprobe.ts';
import { runPostTransaction } from '../../core/install/post-transaction.ts';
import { KmodsmithError, messageOf } from '../../errors.ts';
import type { KernelId } from '../../policy/types.ts';
import { runningRelease } from '../../system/machine.ts';
import type { DkmsContext } from '../context.ts';
import { openTree } from './open-tree.ts';

/** What one run of dkms changes, so that what follows a change is done once. */
export interface Transaction {
  /** The kernels whose installed modules are others than before: their index is made anew at the end. */
  readonly kernels: Set<string>;
  /** Whether anything at all is different now. */
  changed: boolean;
}

/** Actions after which dkms runs the post_transaction command (dkms-compat.md section 3.7). */
const announced: readonly string[] = ['install', 'uninstall', 'unbuild', 'remove', 'autoinstall'];

/**
 * Does an action with the tree to itself, then indexes each changed kernel once. dkms does so after each module, which
 * for ten modules costs ten times as much and gives the same index. The admin's command comes when the tree is free
 * again: it may well call dkms.
 */
export async function transact(
  context: DkmsContext,
  act: (transaction: Transaction) => Promise<number>,
  /** The kernels it is about where the command line names none: --all. */
  about: readonly KernelId[] = [],
): Promise<number> {
  const transaction: Transaction = { kernels: new Set(), changed: false };
  const status = await actLocked(context, transaction, act);
  if (status === 0) await announce(context, transaction, about);
  return status;
}

async function actLocked(
  context: DkmsContext,
  transaction: Transaction,
  act: (transaction: Transaction) => Promise<number>,
): Promise<number> {
  await using _lock = await openTree(context);
  try {
    return await act(transaction);
  } finally {
    await reindex(context, transaction);
  }
}

/** @throws KmodsmithError INSTALL_FAILED when depmod(8) fails: the modules are in place but modprobe cannot find them. */
async function reindex(context: DkmsContext, transaction: Transaction): Promise<void> {
  if (context.has('noDepmod')) return;
  for (const release of transaction.kernels) {
    context.output.begin(`Running depmod for ${release}...`);
    try {
      await runDepmod(context.layout, release, 'renew');
    } catch (error) {
      context.output.say(' failed.');
      throw new KmodsmithError('INSTALL_FAILED', `the module index of ${release}: ${messageOf(error)}`, {
        hint: `Once that is mended, run: depmod ${release}`,
      });
    }
    context.output.say(' done.');
  }
}

/** Loads what the running kernel's devices need, and runs the admin's command. */
async function announce(
  context: DkmsContext,
  { kernels, changed }: Transaction,
  about: readonly KernelId[],
): Promise<void> {
  const { layout, framework, line, environment, output } = context;
  const action = line.action ?? '';
  if (framework.modprobeOnInstall && installing.includes(action)) {
    for (const release of kernels) await loadModules(release, environment);
  }
  const isChanged = changed || kernels.size > 0;
  if (framework.postTransaction === undefined || !isChanged || !announced.includes(action)) return;
  output.begin('Executing the post-transaction command...');
  const releases = about.map(({ release }) => release);
  const named = [...line.kernels, ...releases, ...kernels, runningRelease].slice(
    0,
    Math.max(1, kernels.size),
  );
  const module = line.module && line.moduleVersion && { name: line.module, version: line.moduleVersion };
  const status = await runPostTransaction({
    ...{ layout, environment, inherited: process.env, kernels: named },
    ...(module && { module }),
  });
  output.say(status === 0 ? ' done.' : ` failed with status ${status}.`);
}

const installing: readonly string[] = ['install', 'autoinstall', 'kernel_postinst', 'match'];
