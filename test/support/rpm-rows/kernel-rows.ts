import { expect } from 'vitest';
import { byHand } from '../rows/acts.ts';
import { ended } from './acts.ts';
import type { RpmRow } from './machine.ts';
import { kernel, other } from './packages.ts';

// docs/policy.md, section 4: the events of a kernel's packages, as rpm has them.

const unbuilt = { auto: 'registered 1.0', hand: 'registered 1.0' };
const kept = { auto: '1.0 kept', hand: '1.0 kept' };
const rebuilt = { auto: '1.0 built', hand: '1.0 built' };
const onlyAuto = { auto: '1.0 built', hand: 'registered 1.0' };

const oneBuild = (said: string) => expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);

export const kernelRows: readonly RpmRow[] = [
  {
    name: 'the kernel arrives without headers: waits for headers',
    event: ({ install }) => install('kernel 1'),
    leaves: unbuilt,
    also: async ({ run }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toContain(
        `waiting for the kernel's headers: install kernel-devel-${kernel.release}`,
      ),
  },
  {
    name: 'its headers arrive in a later transaction',
    event: ({ install }) => install('devel 1'),
    leaves: onlyAuto,
  },
  {
    name: 'headers reinstalled',
    before: byHand(),
    event: ({ install }) => install('devel 1'),
    leaves: kept,
  },
  {
    name: 'headers upgraded in place, nothing that was read has changed',
    event: ({ install }) => install('devel 2'),
    leaves: kept,
  },
  {
    name: 'headers upgraded in place, a header that was read has changed',
    event: ({ install }) => install('devel 3'),
    leaves: rebuilt,
  },
  {
    name: 'headers downgraded in place',
    event: ({ install }) => install('devel 1'),
    leaves: rebuilt,
  },
  {
    name: 'kernel upgraded in place',
    event: ({ install }) => install('kernel 2'),
    leaves: kept,
  },
  {
    name: 'kernel downgraded in place',
    event: ({ install }) => install('kernel 1'),
    leaves: kept,
  },
  {
    name: 'kernel reinstalled',
    event: ({ install }) => install('kernel 1'),
    leaves: kept,
  },
  {
    name: 'kernel and headers upgraded in place, in one transaction: one build',
    event: ({ install }) => install('kernel 2', 'devel 3'),
    leaves: rebuilt,
    also: async (_, said) => oneBuild(said),
  },
  {
    name: 'kernel and headers downgraded in place, in one transaction',
    event: ({ install }) => install('kernel 1', 'devel 1'),
    leaves: rebuilt,
  },
  {
    name: 'an upgrade of the headers is in conflict',
    event: ({ installInVain }) => installInVain('devel that conflicts'),
    leaves: kept,
  },
  {
    name: 'an upgrade of the headers is refused by its own scriptlet',
    event: (machine) => ended(machine, () => machine.installInVain('devel that refuses')),
    leaves: kept,
  },
  {
    name: 'rpm is killed when the headers are upgraded',
    tools: ['rpm'],
    event: (machine) => ended(machine, () => machine.installInVain('devel that kills')),
    leaves: rebuilt,
  },
  {
    name: 'the upgrade is undone',
    tools: ['rpm'],
    before: ({ run }) =>
      run('rpm', '-e', '--noscripts', '--notriggers', '--justdb', 'kernel-toy-devel-6.12.1-6'),
    event: ({ install }) => install('devel 1'),
    leaves: rebuilt,
  },
  {
    name: 'the removal of the kernel is refused by its own scriptlet',
    before: ({ install }) => install('kernel that stays'),
    event: (machine) =>
      ended(machine, async () => {
        await machine.root.run(['rpm', '-e', 'kernel-toy'], { allowFailure: true });
        expect(await machine.run('rpm', '-q', 'kernel-toy')).toContain('6.12.1-3');
      }),
    leaves: kept,
  },
  {
    name: 'kernel upgraded into a new directory, its headers too: a new one comes, the old one goes',
    before: ({ run, install }) =>
      run('rpm', '-e', '--noscripts', '--justdb', 'kernel-toy').then(() => install('kernel 1')),
    event: ({ install }) => install('kernel 13', 'devel 13'),
    about: 'other',
    leaves: onlyAuto,
    elsewhere: { leaves: unbuilt },
    also: async ({ root }) => expect(await root.exists(`/lib/modules/${kernel.release}`)).toBe(false),
  },
  {
    name: 'and downgraded again',
    event: ({ install }) => install('kernel 1', 'devel 1'),
    leaves: onlyAuto,
    elsewhere: { leaves: unbuilt },
  },
  {
    name: 'kernel upgraded into a new directory, its headers lag: waits for them',
    event: ({ install }) => install('kernel 13'),
    about: 'other',
    leaves: unbuilt,
    elsewhere: { leaves: unbuilt },
    also: async ({ run }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toContain(
        `waiting for the kernel's headers: install kernel-devel-${other.release}`,
      ),
  },
  {
    name: 'the headers follow',
    event: ({ install }) => install('devel 13'),
    about: 'other',
    leaves: onlyAuto,
  },
  {
    name: 'toolkit upgraded: what its triggers are shown has been there before',
    event: ({ install }) => install('kmodsmith 2'),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
  },
  {
    name: 'headers removed, the kernel stays',
    event: ({ remove }) => remove('kernel-toy-devel'),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
  },
  {
    name: 'kernel removed, headers gone before',
    event: ({ remove }) => remove('kernel-toy'),
    about: 'other',
    leaves: unbuilt,
    also: async ({ root }) => expect(await root.exists(`/lib/modules/${other.release}`)).toBe(false),
  },
  {
    name: 'headers without their kernel: nothing to build for',
    event: ({ install }) => install('devel 1'),
    leaves: unbuilt,
  },
  {
    name: 'and the kernel follows',
    event: ({ install }) => install('kernel 1'),
    leaves: onlyAuto,
  },
  {
    name: 'kernel removed, headers stay',
    event: ({ remove }) => remove('kernel-toy'),
    leaves: unbuilt,
  },
  {
    name: 'kernel and headers of a new release in one transaction: one build',
    before: ({ remove }) => remove('kernel-toy-devel'),
    event: ({ install }) => install('kernel 1', 'devel 1'),
    leaves: onlyAuto,
    also: async (_, said) => oneBuild(said),
  },
  {
    name: 'kernel and headers removed in one transaction',
    event: ({ remove }) => remove('kernel-toy', 'kernel-toy-devel'),
    leaves: unbuilt,
    also: async ({ root }) => expect(await root.exists(`/lib/modules/${kernel.release}`)).toBe(false),
  },
];
