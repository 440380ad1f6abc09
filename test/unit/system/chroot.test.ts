import { expect, it } from 'vitest';
import { isChroot } from '../../../src/system/chroot.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

const mounts = '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n';

/** A procfs of two processes that see the same. */
function makeProc(): ScratchFolder {
  const scratch = makeScratchFolder();
  for (const process of ['1', 'self']) {
    scratch.write(`proc/${process}/mountinfo`, mounts);
    scratch.link(scratch.folder('root'), `proc/${process}/root`);
  }
  return scratch;
}

const ask = ({ path }: ScratchFolder, environment = {}) => isChroot({ environment, proc: `${path}/proc` });

it('is none where the first process sees the same', async () => {
  expect(await ask(makeProc())).toBe(false);
});

it('is one with other mounts', async () => {
  const proc = makeProc();
  proc.write('proc/self/mountinfo', `${mounts}2 1 0:5 / /tmp rw - tmpfs tmpfs rw\n`);
  expect(await ask(proc)).toBe(true);
});

it('is one with another root', async () => {
  const scratch = makeScratchFolder();
  for (const process of ['1', 'self']) {
    scratch.write(`proc/${process}/mountinfo`, mounts);
    scratch.link(scratch.folder(`root-of-${process}`), `proc/${process}/root`);
  }
  expect(await ask(scratch)).toBe(true);
});

it('is one without a procfs', async () => {
  expect(await ask(makeScratchFolder())).toBe(true);
});

it('takes what an ordinary user may not see for equal', async () => {
  const scratch = makeScratchFolder();
  scratch.write('proc/self/mountinfo', mounts);
  scratch.folder('proc/1');
  expect(await ask(scratch)).toBe(false);
});

const fakechroot = { FAKECHROOT: 'true', FAKECHROOT_BASE: '/srv/x', LD_PRELOAD: '/usr/lib/libfakechroot.so' };

it('is one for fakechroot, whose library is loaded', async () => {
  expect(await ask(makeProc(), fakechroot)).toBe(true);
  expect(await ask(makeProc(), { ...fakechroot, LD_PRELOAD: '/usr/lib/libfakeroot.so' })).toBe(false);
});
