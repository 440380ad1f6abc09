import { resolve } from 'node:path';
import { parseEvent } from '../adapters/parse-event.ts';
import type { Chore, HookCall, Ignored } from '../adapters/types.ts';
import { readQueue, recordCall } from '../apply/queue.ts';
import { readFramework } from '../config/framework.ts';
import { loadPolicy } from '../config/load-policy.ts';
import { type Layout, layoutOf } from '../core/layout.ts';
import { ostreeAdvice, whyOstree } from '../core/system-kind.ts';
import { KmodsmithError, messageOf, policyFailureStatus } from '../errors.ts';
import { planLeftovers } from '../policy/once-per-kernel.ts';
import type { Policies } from '../policy/policies.ts';
import { isRemoval } from '../policy/rule.ts';
import type { Facts, PackageEvent, Plan } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { removeTree } from '../system/files.ts';
import { hasFatalFailure, progress, reportLines, say, sayLines, sayProblems } from './output.ts';
import { settle } from './settle.ts';

const usage = 'Usage: kmodsmith hook [--root DIR] ADAPTER ENTRY [ARG...]';

/**
 * `kmodsmith hook [--root DIR] ADAPTER ENTRY [ARG…]`: a package manager called one of our native hooks. The shell
 * hook has already recorded the call in the file KMODSMITH_CALL. Fails only if the policy wants failures to fail.
 */
export async function runHook(argv: readonly string[]): Promise<number> {
  const { root, call } = parseCall(argv);
  const layout = layoutOf(root);
  const recorded = process.env['KMODSMITH_CALL'] ?? '';
  const ostree = await whyOstree({ layout, environment: call.env });
  if (ostree !== undefined) return leaveToImage(ostree, recorded);
  const { policies, problems } = await loadPolicy(root);
  sayProblems(problems);
  const events = parseEvent(call);
  if ('ignored' in events) return endIgnored(events, recorded);
  if ('chore' in events) {
    await forget(recorded);
    return doChore(events, { layout, policies });
  }
  const isRecorded = recorded !== '' || (await record(layout, call));
  if (!isRecorded && events.every(isAhead) && policies.base.failure === 'fail') return policyFailureStatus;
  const underway = events.map((event) => ({ underway: true, ...event }));
  const awaited = awaitedModules(events);
  if (awaited !== undefined) return apply({ layout, policies, events: underway, about: awaited });
  if (isRecorded && policies.base.when === 'transaction-end' && (await isDeferred())) return 0;
  if (isRecorded && events.every(isTentative)) return 0;
  return apply({ layout, policies, events: underway });
}

/** What would be written is thrown away with /var, and nothing could be installed into /usr. */
async function leaveToImage(why: string, recorded: string): Promise<number> {
  await forget(recorded);
  say(`nothing is done, as this is a system of ostree (${why}). ${ostreeAdvice}`);
  return 0;
}

/**
 * A module that its package brings is built at once, whatever `when` says: packages that depend on it must find it when
 * they are configured. What else waits is left to the end of the transaction. Undefined for all other calls.
 */
function awaitedModules(events: readonly PackageEvent[]): ((event: PackageEvent) => boolean) | undefined {
  const names = events.flatMap((event) =>
    event.subject === 'module' && !isRemoval(event) ? [event.module.name] : [],
  );
  if (names.length === 0) return undefined;
  return (event) => event.subject === 'module' && names.includes(event.module.name);
}

/** Nothing has happened yet: a policy that takes failures seriously has the transaction end here. */
function isAhead(event: PackageEvent): boolean {
  return event.underway === false && !isRemoval(event);
}

/** What a package's prerm says of its module's removal; it may be aborted, and postrm says it again when it is certain. */
function isTentative(event: PackageEvent): boolean {
  return event.subject === 'module' && isRemoval(event) && event.underway !== false;
}

/** What cannot be recorded, because the disk is full, is done at once: a removal needs no room. */
async function record(layout: Layout, call: HookCall): Promise<boolean> {
  try {
    await recordCall(layout, call);
    return true;
  } catch (error) {
    say(`this call is not recorded: ${messageOf(error)}`);
    return false;
  }
}

/**
 * A call without any effect leaves no trace.
 * @throws KmodsmithError USAGE for an adapter or entry that does not exist: a mistake of the caller's, not an event.
 */
async function endIgnored({ ignored }: Ignored, recorded: string): Promise<number> {
  if (ignored.startsWith('unknown-')) throw new KmodsmithError('USAGE', `hook: ${ignored}`, { hint: usage });
  await forget(recorded);
  return 0;
}

/** What brings no news need not wait for anybody. */
async function forget(recorded: string): Promise<void> {
  if (recorded !== '') await removeTree(recorded);
}

/** Applies what is queued, or makes the images that an earlier run has left to others. */
async function doChore(chore: Chore, around: { layout: Layout; policies: Policies }): Promise<number> {
  if (chore.chore === 'images')
    return apply({ ...around, events: [], planFor: (facts) => planLeftovers(facts, around.policies) });
  const about = aboutOf(chore);
  if ((await readQueue(around.layout, about)).files.length === 0) return 0;
  return apply({
    ...{ ...around, events: [], imagesFollow: chore.chore !== 'queue' },
    ...(about !== undefined && { about }),
  });
}

/** Which of the queue is to be applied; undefined for all of it. */
function aboutOf(chore: Chore): ((event: PackageEvent) => boolean) | undefined {
  if (chore.chore !== 'kernel-before-images') return undefined;
  return (event) => !isRemoval(event) || ('kernel' in event && event.kernel === chore.kernel);
}

// What starts processes and what builds is loaded only where it is needed: most calls of a hook end before.
async function isDeferred(): Promise<boolean> {
  return (await import('../apply/defer.ts')).canDefer(process.env);
}

async function apply(options: {
  layout: Layout;
  policies: Policies;
  events: readonly PackageEvent[];
  about?: (event: PackageEvent) => boolean;
  planFor?: (facts: Facts) => Plan;
  imagesFollow?: boolean;
}): Promise<number> {
  const { reconcile } = await import('../apply/reconcile.ts');
  const { root } = options.layout;
  const framework = await readFramework(root);
  const layout = layoutOf(root, framework);
  const report = await reconcile({ ...options, layout, framework, ...progress });
  const said = sayLines(reportLines(report));
  // A trigger run is about the queue, which is empty now, and the scripts of other packages do not ask for earlier answers.
  if (options.events.length > 0 && options.about === undefined) await settle(layout, report, said);
  return hasFatalFailure(report, options.policies) ? policyFailureStatus : 0;
}

function parseCall(argv: readonly string[]): { root: string; call: HookCall } {
  const rooted = argv[0] === '--root';
  const root = rooted ? resolve(argv[1] ?? '/') : '/';
  const [adapter, entry, ...args] = rooted ? argv.slice(2) : argv;
  if (adapter === undefined || entry === undefined || adapter.startsWith('-')) {
    throw new KmodsmithError('USAGE', 'hook: the adapter and the entry are missing', { hint: usage });
  }
  return { root, call: { adapter, entry, args, env: process.env as Record<string, string>, at: now() } };
}
