import { join } from 'node:path';
import type { Layout } from '../core/layout.ts';
import { findSystemKind } from '../core/system-kind.ts';
import { KmodsmithError } from '../errors.ts';
import { kindOf, linkTarget } from '../system/files.ts';

/**
 * An image may come without /var, and gets one. On a machine it is missing while it is not mounted: what was written then
 * would be out of sight later.
 * @throws KmodsmithError STATE_MISSING.
 */
export async function requireState(layout: Layout): Promise<void> {
  const folder = join(layout.root, 'var');
  if (!layout.lock.startsWith(`${folder}/`) || (await kindOf(folder)) === 'folder') return;
  const target = await linkTarget(folder);
  if (target !== undefined) {
    throw new KmodsmithError('STATE_MISSING', `${folder} leads to ${target}, which is not there`, {
      hint: `Make that folder, or mount it. ${why}`,
    });
  }
  const { kind } = await findSystemKind({ layout, environment: process.env });
  if (kind === 'image') return;
  throw new KmodsmithError('STATE_MISSING', `${folder} is not there`, {
    hint: `Mount it, then try again. ${why}`,
  });
}

const why = 'Below it is what is registered and built, and the lock.';
