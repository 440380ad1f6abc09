import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { layoutOf } from '../../../src/core/layout.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

it('takes one look at one folder where a kernel has no links', async () => {
  // What a process has looked at is told once; other tests of the same one have looked, too.
  vi.resetModules();
  const { findWeakLinks, RecordedFiles } = await import('../../../src/core/weak-links/find-links.ts');
  const { wholeLook } = await import('../../../src/system/looks.ts');
  const scratch = makeScratchFolder();
  scratch.folder('lib/modules/6.12');
  scratch.folder('var/lib/dkms/foo/1.0/6.12/x86_64/module');
  const layout = layoutOf(scratch.path);
  expect(await findWeakLinks(layout, '6.12', new RecordedFiles(layout))).toEqual([]);
  expect([...(wholeLook() ?? [])]).toEqual([join(scratch.path, 'lib/modules/6.12/weak-updates')]);
});
