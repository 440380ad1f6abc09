import { runDepmod } from '../../core/depmod.ts';
import { runPostTransaction } from '../../core/post-transaction.ts';
import { KmodsmithError, messageOf } from '../../errors.ts';
import type { DkmsContext } from '../context.ts';
import { openTree } from './open-tree.ts';

/** What one run of dkms changes, so that what follows a change is done once. */
export interface Transaction {
  /** The kernels whose installed modules are others than before: their index is made anew at the end. */
  readonly reindex: Set<string>;
  /** Whether anything at all is different now. */
  changed: boolean;
}

/** Actions after which dkms runs the post_transaction command (dkms-compat.md section 3.7). */
const announced: readonly string[] = ['install', 'uninstall', 'unbuild', 'remove', 'autoinstall'];

/**
 * Does an action with the tree to itself, then indexes each changed kernel once. dkms does so after each module, which
 * for ten modules costs ten times as much and gives the same index.
 */
export async function transact(
  context: DkmsContext,
  act: (transaction: Transaction) => Promise<number>,
): Promise<number> {
  await using _lock = await openTree(context);
  const transaction: Transaction = { reindex: new Set(), changed: false };
  let status = 1;
  try {
    status = await act(transaction);
  } finally {
    await reindex(context, transaction);
  }
  if (status === 0 && transaction.changed && announced.includes(context.line.action ?? ''))
    await announce(context);
  return status;
}

/** @throws KmodsmithError INSTALL_FAILED when depmod(8) fails: the modules are in place but modprobe cannot find them. */
async function reindex(context: DkmsContext, transaction: Transaction): Promise<void> {
  const releases = [...transaction.reindex];
  transaction.reindex.clear();
  if (context.has('noDepmod')) return;
  for (const release of releases) {
    context.output.begin(`Running depmod for ${release}...`);
    try {
      await runDepmod(context.layout, release);
    } catch (error) {
      context.output.say(' failed.');
      throw new KmodsmithError('INSTALL_FAILED', `the module index of ${release}: ${messageOf(error)}`, {
        hint: `Once that is mended, run: depmod ${release}`,
      });
    }
    context.output.say(' done.');
  }
}

async function announce(context: DkmsContext): Promise<void> {
  const { layout, framework, line, environment, output } = context;
  if (framework.postTransaction === undefined) return;
  output.begin('Executing the post-transaction command...');
  const kernel = line.kernels[0] ?? '';
  const status = await runPostTransaction({ layout, framework, environment, kernel });
  output.say(status === 0 ? ' done.' : ` failed with status ${status}.`);
}
