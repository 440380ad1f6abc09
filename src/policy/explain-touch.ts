import { explainSkip } from './explain.ts';
import { explainSteps } from './explain-plan.ts';
import { explainFailureClass } from './failure-class.ts';
import type { Deed, DeedFailure, Touch } from './history.ts';
import type { ModuleId, PackageEvent } from './types.ts';

/** "headers upgrade: rebuilt, include/linux/fs.h changed since it was built": what a run was told, and what came of it. */
export function explainTouch(
  { events, outcome }: Touch,
  pair: { readonly module: ModuleId; readonly kernel: string },
): string {
  const words = new Set(events.map((event) => explainEvent(event, pair)));
  const cause = words.size === 0 ? causeOf(outcome) : [...words].join(', ');
  return `${cause}: ${'steps' in outcome ? explainDeed(outcome) : explainSkip(outcome.because)}`;
}

function causeOf({ because }: Touch['outcome']): string {
  return because.code === 'asked' ? 'by hand' : 'a run that looked at everything';
}

/** What is the pair's own is not named again. */
function explainEvent(event: PackageEvent, { module, kernel }: { module: ModuleId; kernel: string }): string {
  const what = `${event.subject} ${event.transition}`;
  switch (event.subject) {
    case 'toolkit':
      return 'a run that looked at everything';
    case 'module': {
      const { name, version } = event.module;
      if (name !== module.name) return `${what} of ${name} ${version}`;
      return version === module.version ? what : `${what} of version ${version}`;
    }
    case 'image':
    case 'headers':
      return event.kernel === kernel ? what : `${what} of ${event.kernel}`;
  }
}

function explainDeed({ steps, because, failed }: Deed): string {
  const done = steps.length === 0 ? [] : [explainSteps(steps, because, 'done')];
  return [...done, ...(failed === undefined ? [] : [explainFailure(failed)])].join('; ');
}

function explainFailure({ step, state, class: failureClass, message }: DeedFailure): string {
  const why = explainFailureClass(failureClass);
  const what = `${step} ${state === 'failed' ? 'failed' : 'not begun'}`;
  return `${what}: ${message.split('\n')[0] ?? ''}${why === '' ? '' : `; ${why}`}`;
}
