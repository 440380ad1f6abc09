import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collectAliases, loadModules } from '../../../src/core/install/modprobe.ts';
import { runPostTransaction } from '../../../src/core/install/post-transaction.ts';
import { tellTool, updateWeakModules, weakModulesCommand } from '../../../src/core/install/weak-modules.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { makeMachine, release } from './machine.ts';

describe('weak modules', () => {
  const remove = ['--no-initramfs', '--remove-modules'];
  it.each([
    { id: 'almalinux', idLike: ['rhel', 'centos', 'fedora'], argv: ['/usr/sbin/weak-modules', ...remove] },
    { id: 'rhel', idLike: ['fedora'], argv: ['/usr/sbin/weak-modules', ...remove] },
    {
      id: 'sles',
      idLike: ['suse'],
      argv: ['/usr/lib/module-init-tools/weak-modules2', '--remove-kernel-modules', release],
    },
    { id: 'fedora', idLike: [], argv: undefined },
    { id: 'debian', idLike: [], argv: undefined },
  ])('of $id are told by $argv', ({ id, idLike, argv }) => {
    expect(weakModulesCommand(detectDistribution({ id, idLike }), 'remove', release)).toEqual(argv);
  });

  it('reach the tool one on a line, and what it objects comes back', async () => {
    const scratch = makeScratchFolder();
    const tool = scratch.write('tool', `#!/bin/sh\ncat >${scratch.path}/told\nexec sh -c "$1"\n`, 0o755);
    expect(await tellTool([tool, 'exit 0'], ['/a.ko', '/b.ko'])).toBeUndefined();
    expect(readFileSync(`${scratch.path}/told`, 'utf8')).toBe('/a.ko\n/b.ko\n');
    expect(await tellTool([tool, 'echo no >&2; exit 4'], ['/a.ko'])).toBe('exit status 4: no');
    expect(await tellTool([`${scratch.path}/none`], ['/a.ko'])).toMatch(/none/);
  });

  it('are nobody’s business in another root', async () => {
    const { layout } = makeMachine();
    const distribution = detectDistribution({ id: 'rhel', idLike: [] });
    const change = { layout, distribution, release, paths: ['/a.ko'], onWarning: () => undefined };
    expect(await updateWeakModules('add', change)).toBe(false);
  });
});

describe('loading modules', () => {
  it('asks every device below sysfs, once', async () => {
    const scratch = makeScratchFolder();
    const aliases = {
      'pci0/modalias': 'pci:v1\n',
      'pci0/usb1/modalias': 'usb:v2\n',
      'b/modalias': 'pci:v1\n',
    };
    for (const [path, text] of Object.entries({ ...aliases, 'c/modalias': '\n', 'c/name': 'x' }))
      scratch.write(path, text);
    expect(await collectAliases(scratch.path)).toEqual(['pci:v1', 'usb:v2']);
    expect(await collectAliases(`${scratch.path}/none`)).toEqual([]);
  });

  it('is for the kernel that runs', async () => {
    expect(await loadModules('6.1.0-surely-another')).toBe(false);
  });
});

describe('post_transaction', () => {
  function open(setting: string) {
    const { scratch, layout } = makeMachine();
    scratch.write('etc/dkms/framework.conf', `${setting}\n`);
    const log = `${scratch.path}/var/lib/dkms/post_transaction.log`;
    const run = (kernels: readonly string[], environment = {}) =>
      runPostTransaction({ layout, environment, kernels });
    return { scratch, run, log, said: () => readFileSync(log, 'utf8') };
  }

  it('runs for each kernel that it names, with a log like that of a build', async () => {
    const { run, said } = open('post_transaction="echo did $kernelver; echo with $WORD"');
    expect(await run(['6.1', '6.2'], { WORD: 'x' })).toBe(0);
    const steps = said().split(`${'-'.repeat(64)}\n`);
    expect(steps).toHaveLength(3);
    expect(steps[1]).toMatch(
      /^\nExecuting post-transaction command\n# command: echo did 6\.2; echo with ?\S*\ndid 6\.2\nwith.*\n\n# exit code: 0\n# elapsed time: \d\d:\d\d:\d\d\n$/,
    );
  });

  it('runs once when it names none', async () => {
    const { run, said } = open('post_transaction="echo done with it"');
    await run(['6.1', '6.2']);
    expect(said().match(/^done with it$/gm)).toHaveLength(1);
  });

  it('may quote $kernelver', async () => {
    const { run, said } = open("post_transaction='echo for $kernelver'");
    await run(['6.1']);
    expect(said()).toMatch(/^for 6\.1$/m);
  });

  it('tells its status, and starts its log anew', async () => {
    const { run, said } = open('post_transaction="echo once more; exit 7"');
    expect([await run(['6.1']), await run(['6.1'])]).toEqual([7, 7]);
    expect(said().match(/^once more$/gm)).toHaveLength(1);
  });

  it('does nothing where nobody asks for it', async () => {
    const { run, log } = open('# post_transaction=x');
    expect(await run(['6.1'])).toBe(0);
    expect(existsSync(log)).toBe(false);
  });
});
