import { rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/system/fingerprint.ts';
import { machineName } from '../../src/system/machine.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { writeModule } from '../unit/formats/module-specimens.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const release = '6.12.1-toy';
const place = `lib/modules/${release}/updates/dkms/toy.ko`;

/** toy/1.0 as it is installed; its headers are not. */
function installToy(): void {
  const bytes = writeModule({ modinfo: { vermagic: `${release} SMP ` }, imports: ['printk'] });
  const result = `var/lib/dkms/toy/1.0/${release}/${machineName}`;
  const files = [{ path: `/${place}`, size: bytes.length, sha256: sha256(bytes) }];
  root.write(`${result}/module/toy.ko`, bytes);
  root.write(`${result}/manifest.json`, JSON.stringify({ version: 1, build: 0, files }));
  root.write(place, bytes);
  root.write(`lib/modules/${release}/modules.dep`, 'updates/dkms/toy.ko:\n');
  root.write(`boot/vmlinuz-${release}`, '');
}

const notes = `note: the headers of ${release} are not installed, so the symbols that its modules import were not checked
note: none of them is signed
`;

describe('verify', () => {
  it('finds all in order, and changes nothing', () => {
    installToy();
    const before = root.snapshot();
    expect(root.kmodsmith('verify')).toMatchObject({
      status: 0,
      stdout: `${notes}1 module file for 1 kernel: all in order.\n`,
    });
    expect(root.snapshot()).toEqual(before);
  });

  it('says what is wrong and what to do next, and ends with 1', () => {
    installToy();
    truncateSync(join(root.path, place), 100);
    const { status, stdout } = root.kmodsmith('verify', 'toy/1.0', '-k', release);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `^toy 1\\.0 for ${release}: /${place} is not what was installed: it has 100 bytes instead of \\d+\n  Put back what was installed: kmodsmith repair\n`,
      ),
    );
    expect(stdout).toContain('1 module file for 1 kernel: 1 not in order.\n');
  });

  it('tells the same as JSON', () => {
    installToy();
    rmSync(join(root.path, place));
    const { status, stdout } = root.kmodsmith('verify', '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      kernels: [{ release, symbols: 'unknown' }],
      files: [
        {
          module: { name: 'toy', version: '1.0' },
          kernel: { release, arch: machineName },
          path: `/${place}`,
          findings: [
            {
              code: 'file-missing',
              message: `/${place} is missing`,
              advice: 'Put back what was installed: kmodsmith repair',
            },
          ],
        },
      ],
      links: [],
    });
  });

  it('looks at what is asked for only', () => {
    installToy();
    const other = root.kmodsmith('verify', 'toy', '-k', '6.1-other');
    expect(other).toMatchObject({ status: 0, stdout: 'Nothing of what was asked for is installed.\n' });
    expect(root.kmodsmith('verify', 'toy/2.0')).toMatchObject({ status: 4, stdout: '' });
    expect(root.kmodsmith('verify', '../toy')).toMatchObject({ status: 2, stdout: '' });
    rmSync(join(root.path, 'var/lib/dkms'), { recursive: true });
    expect(root.kmodsmith('verify')).toMatchObject({ status: 0, stdout: 'No module is installed.\n' });
  });
});
