import { expect } from 'vitest';
import { byHand } from '../rows/acts.ts';
import type { RpmMachine, RpmRow } from './machine.ts';
import { many } from './packages.ts';

// Kernels side by side, as Fedora's and SUSE's are; their packages call kernel-install as Fedora's kernel-core does.

const [first, second, third] = many;

const unbuilt = { auto: 'registered 1.0', hand: 'registered 1.0' };
const kept = { auto: '1.0 kept', hand: '1.0 kept' };
const onlyAuto = { auto: '1.0 built', hand: 'registered 1.0' };

const statusOf = async ({ run }: RpmMachine, release: string) =>
  (await run('kmodsmith', 'status', 'auto')).split('\n').find((line) => line.includes(release)) ?? '';

const oneBuild = (said: string) => expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);

export const manyKernelRows: readonly RpmRow[] = [
  {
    name: 'kernel and headers in one transaction: one build, before an index and an initramfs are made',
    event: ({ install }) => install('many 1', 'many devel 1'),
    leaves: onlyAuto,
    also: async ({ run }, said) => {
      oneBuild(said);
      // A plugin between systemd's own saw the module.
      expect(await run('cat', '/srv/witness')).toContain(`add ${first.release} auto.ko`);
    },
  },
  {
    name: 'a second one beside it',
    before: byHand(),
    event: ({ install }) => install('many 2', 'many devel 2'),
    about: 'other',
    leaves: onlyAuto,
    also: async (_, said) => oneBuild(said),
  },
  {
    name: 'one of two is reinstalled',
    event: ({ install }) => install('many 1'),
    leaves: kept,
  },
  {
    name: 'its headers are reinstalled',
    event: ({ install }) => install('many devel 1'),
    leaves: kept,
  },
  {
    name: 'one of two is erased',
    event: ({ remove }) => remove('kernel-many-6.1.2-1', 'kernel-many-devel-6.1.2-1'),
    about: 'other',
    leaves: unbuilt,
    also: async ({ root }) => expect(await root.exists(`/lib/modules/${second.release}`)).toBe(false),
  },
  {
    name: 'its boot entry goes, and the kernel stays: so do its modules',
    event: ({ run }) => run('kernel-install', 'remove', first.release),
    leaves: { auto: '1.0, not in the index, kept', hand: '1.0, not in the index, kept' },
  },
  {
    name: 'its boot entry comes again, and with it the index',
    event: ({ run }) => run('kernel-install', 'add', first.release, `/lib/modules/${first.release}/vmlinuz`),
    leaves: kept,
  },
  {
    name: 'headers of a kernel that comes later',
    event: ({ install }) => install('many devel 2'),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'the kernel comes',
    event: ({ install }) => install('many 2'),
    about: 'other',
    leaves: onlyAuto,
  },
  {
    name: 'the newest one comes, and dnf erases the oldest in the same transaction',
    tools: ['dnf'],
    event: ({ install }) => install('many 3', 'many devel 3'),
    leaves: unbuilt,
    also: async (machine, said) => {
      oneBuild(said);
      expect(await statusOf(machine, third.release)).toContain('installed');
      expect(await statusOf(machine, second.release)).toContain('installed');
      expect(await machine.root.exists(`/lib/modules/${first.release}`)).toBe(false);
    },
  },
  {
    name: 'a kernel that goes without a package manager goes with its boot entry',
    before: ({ run }) => run('rm', '-rf', `/lib/modules/${second.release}`),
    event: ({ run }) => run('kernel-install', 'remove', second.release),
    about: 'other',
    leaves: unbuilt,
  },
];
