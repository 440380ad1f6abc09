import type { Layout } from '../../core/layout.ts';
import { findSystemKind, ostreeAdvice } from '../../core/system-kind.ts';
import { runningRelease } from '../../system/machine.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Whether modules for the system are built on it, and for which kernel first. */
export async function checkSystem(layout: Layout): Promise<Diagnosis[]> {
  const { kind, why } = await findSystemKind({ layout, environment: process.env });
  const check = 'system';
  switch (kind) {
    case 'machine':
      return [{ check, level: 'ok', message: `this machine runs ${runningRelease}` }];
    case 'image':
      return [{ check, level: 'ok', message: `this is an image for machines to run: ${why}` }];
    case 'ostree':
      return [
        {
          check,
          level: 'note',
          message: `this system booted by ostree (${why}): its modules come with its image`,
          next: ostreeAdvice,
        },
      ];
  }
}
