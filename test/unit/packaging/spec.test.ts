import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../../package.json';
import { dkmsVersion } from '../../../src/core/dkms-version.ts';

const spec = readFileSync(join(import.meta.dirname, '../../../rpm/kmodsmith.spec'), 'utf8');

it('is of this version, and of the dkms that the drop-in is', () => {
  expect(spec).toMatch(new RegExp(`^Version: +${manifest.version}$`, 'm'));
  expect(spec).toMatch(new RegExp(`^Provides: +${dkmsVersion.replace('-', ' = ')}$`, 'm'));
});
