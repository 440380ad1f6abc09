import { basename } from 'node:path';
import { toSavedPlan, writePlanFile } from '../apply/plan-file.ts';
import { type Planned, plan } from '../apply/reconcile.ts';
import { KmodsmithError } from '../errors.ts';
import type { PackageEvent, Transition } from '../policy/types.ts';
import { now } from '../system/clock.ts';
import { type CommonOptions, type Context, openContext, parseKernel, parseModule } from './context.ts';
import { printPlan, say } from './output.ts';

export interface PlanOptions extends CommonOptions {
  readonly event: readonly string[];
  /** The file to save the plan in. */
  readonly output?: string | undefined;
}

/** `kmodsmith plan`: what the queue, and the events given, would make us do, and why. Changes nothing. */
export async function runPlan(options: PlanOptions): Promise<number> {
  const context = await openContext(options);
  const events = options.event.map(parseEvent);
  const planned = await plan({ ...context, events });
  if (options.output !== undefined) await save(planned, options.output, context);
  printPlan(planned.plan, options.json);
  return 0;
}

async function save(
  { plan: planned, survey, queue, events }: Planned,
  file: string,
  { layout, policies }: Context,
): Promise<void> {
  const records = queue.files.map((path) => basename(path));
  const basis = { root: layout.root, events, records, facts: survey.facts, policies, plan: planned };
  await writePlanFile(file, toSavedPlan(basis));
  say(`saved; 'kmodsmith apply ${file}' carries it out`);
}

const transitions: readonly string[] = [
  'install',
  'upgrade',
  'reconfigure',
  'remove',
  'purge',
  'abort',
] satisfies Transition[];

/** `headers:upgrade:6.12.1-amd64`, `image:remove:…`, `module:install:name/version`, `toolkit:upgrade`. */
export function parseEvent(text: string): PackageEvent {
  const [subject = '', transition = '', ...rest] = text.split(':');
  const object = rest.join(':');
  if (!transitions.includes(transition)) throw notAnEvent(text);
  // As a hook would tell it: a removal is announced while the files are still there.
  const common = { transition: transition as Transition, at: now(), underway: true };
  if (subject === 'image' || subject === 'headers')
    return { subject, kernel: parseKernel(object), ...common };
  if (subject === 'module') return { subject, module: parseModule(object), ...common };
  if (subject === 'toolkit' && object === '') return { subject, ...common };
  throw notAnEvent(text);
}

function notAnEvent(text: string): KmodsmithError {
  return new KmodsmithError('USAGE', `'${text}' is not an event`, {
    hint: `Give subject:transition:object, for example headers:upgrade:6.12.1-amd64; transitions: ${transitions.join(', ')}.`,
  });
}
