import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../../package.json';
import { dkmsVersion } from '../../../src/core/dkms-version.ts';

const pkgbuild = readFileSync(join(import.meta.dirname, '../../../arch/PKGBUILD'), 'utf8');

it('is of this version, and of the dkms that the drop-in is', () => {
  expect(pkgbuild).toContain(`\npkgver=${manifest.version}\n`);
  expect(pkgbuild).toContain(`\n  provides=(${dkmsVersion.replace('-', '=')})\n`);
});
