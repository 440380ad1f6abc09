import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { complete, missingShell, shells } from '../support/complete.ts';
import { requireOrSkip } from '../support/require-or-skip.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';

let root: ScratchRoot;
beforeAll(() => {
  root = makeScratchRoot();
  const conf = (name: string) => `# a comment\nPACKAGE_NAME="${name}"\nPACKAGE_VERSION=x\n`;
  root.write('usr/src/toy-1.0/dkms.conf', conf('toy'));
  root.write('usr/src/toy-2.0/dkms.conf', conf('toy'));
  root.write('usr/src/wifi-88x2-5.8-rc1/dkms.conf', conf('wifi-88x2'));
  root.write('usr/src/no-module/README', '');
  root.link('/usr/src/toy-1.0', 'var/lib/dkms/toy/1.0/source');
  root.link('/usr/src/zfs-2.3', 'var/lib/dkms/zfs/2.3/source');
  for (const folder of ['6.12.1/x86_64/module', '6.13.0+deb/x86_64/module', 'build'])
    mkdirSync(join(root.path, 'var/lib/dkms/toy/1.0', folder), { recursive: true });
  for (const release of ['6.12.1', '6.13.0+deb', '6.14.0'])
    mkdirSync(join(root.path, 'lib/modules', release), { recursive: true });
  root.write('here/some.tar', '');
  root.write('here/folder/file', '');
  for (const shell of shells)
    for (const program of ['dkms', 'kmodsmith']) root.write(fileOf(shell, program), generate(shell, program));
});
afterAll(() => root[Symbol.dispose]());

function generate(shell: string, program: string): string {
  const { status, stdout } = root.kmodsmith('generate', 'completion', shell, '--for', program);
  expect(status).toBe(0);
  return stdout;
}

const fileOf = (shell: string, program: string) => `completion/${shell}/_${program}`;

/** Where to look instead of at the machine that runs the tests; TREES in a line stands for it. */
function trees(): string {
  const { path } = root;
  return `--dkmstree ${path}/var/lib/dkms --sourcetree ${path}/usr/src --installtree ${path}/lib/modules`;
}

const kernels = ['6.12.1', '6.13.0+deb', '6.14.0'];
const built = ['6.12.1', '6.13.0+deb'];

const cases: readonly [string, readonly string[]][] = [
  ['dkms TREES au', ['autoinstall']],
  ['dkms TREES kernel_p', ['kernel_postinst', 'kernel_preinst', 'kernel_prerm']],
  ['dkms TREES status ', ['toy/1.0', 'zfs/2.3']],
  ['dkms TREES uninstall ', ['toy/1.0']],
  ['dkms TREES build -m ', ['toy', 'wifi-88x2', 'zfs']],
  ['dkms TREES build -m toy/', ['toy/1.0', 'toy/2.0']],
  ['dkms TREES build -m toy -v ', ['1.0', '2.0']],
  ['dkms TREES build --module wifi-88x2 -v ', ['5.8-rc1']],
  ['dkms TREES build toy/1.0 -k ', kernels],
  ['dkms TREES build toy/1.0 -k 6.12.1 -k ', ['6.13.0+deb', '6.14.0']],
  ['dkms TREES unbuild toy/1.0 -k ', built],
  ['dkms TREES unbuild -m toy -v 1.0 -k 6.12.1 -k ', ['6.13.0+deb']],
  ['dkms TREES unbuild -k 6.14.0 ', []],
  ['dkms TREES match --t', ['--templatekernel']],
  ['dkms TREES match -k 6.14.0 --templatekernel ', built],
  ['dkms TREES mktarball --s', ['--source-only', '--sourcetree']],
  ['dkms TREES build --s', ['--sourcetree']],
  ['dkms TREES autoinstall -k ', kernels],
  ['dkms TREES build -c fol', ['folder/']],
  ['kmodsmith --root ROOT un', ['uninstall']],
  ['kmodsmith --root ROOT generate comp', ['completion']],
  ['kmodsmith --root ROOT generate completion ', ['bash', 'fish', 'zsh']],
  ['kmodsmith --root ROOT generate completion bash --for ', ['dkms', 'kmodsmith']],
  ['kmodsmith --root ROOT generate man ', ['dkms.8', 'dkms.conf.5', 'kmodsmith.8']],
  ['kmodsmith --root ROOT policy ', ['check', 'schema', 'show']],
  ['kmodsmith --root ROOT policy show ', ['toy/1.0', 'zfs/2.3']],
  ['kmodsmith --root ROOT policy check so', ['some.tar']],
  ['kmodsmith --root ROOT policy check some.tar fol', ['folder/']],
  ['kmodsmith --root ROOT install ', ['toy/1.0', 'zfs/2.3']],
  ['kmodsmith --root ROOT install toy/1.0 --kernel ', kernels],
  ['kmodsmith --root ROOT discard toy/1.0 -k ', built],
  ['kmodsmith --root ROOT match --template 6.12.1 -k ', ['6.13.0+deb', '6.14.0']],
  ['kmodsmith --root ROOT add ', ['folder/', 'toy/2.0', 'wifi-88x2/5.8-rc1']],
  ['kmodsmith --root ROOT run --d', ['--dry-run']],
  ['kmodsmith --root ROOT plan --event ', []],
  ['kmodsmith --root ROOT export toy/1.0 -o so', ['some.tar']],
  ['kmodsmith --root ROOT generate man -o ', ['folder/']],
];

describe.each(shells)('%s', (shell) => {
  const missing = missingShell(shell);
  beforeEach((context) => requireOrSkip(context, missing));
  const typed = (line: string) => {
    const full = line.replace('TREES', trees()).replace('ROOT', root.path);
    const file = join(root.path, fileOf(shell, line.split(' ')[0] ?? ''));
    return complete(shell, { file, line: full, cwd: join(root.path, 'here') });
  };

  it.each(cases)('%s', (line, expected) => {
    const words = typed(line).map((word) => (word === 'folder' ? 'folder/' : word));
    expect(words).toEqual([...expected].sort());
  });

  it('completes the value behind an equals sign', () => {
    const words = typed('dkms TREES unbuild -m toy --kernelver=6.1');
    // What readline takes for the word at the cursor begins behind the sign.
    expect(words).toEqual(shell === 'bash' ? built : built.map((kernel) => `--kernelver=${kernel}`));
  });
});
