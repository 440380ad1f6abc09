import { expect } from 'vitest';
import { byHand, installAll, packages } from '../rows/acts.ts';
import type { Row } from '../rows/rows.ts';
import { killed, refused } from './acts.ts';
import type { PacmanMachine } from './machine.ts';

// docs/policy.md, section 4: the events of a module's package and of the toolkit's, as pacman has them.

const each = (what: string) => ({ auto: what, hand: what, none: what });
const gone = each('gone');

export const moduleRows: readonly Row<PacmanMachine>[] = [
  {
    name: 'module installed',
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 built', hand: 'registered 1.0' },
    arch: each('1.0 built'),
  },
  {
    name: 'module reinstalled, nothing has changed',
    before: byHand(),
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    arch: each('1.0 kept'),
  },
  {
    name: 'module upgraded with the same version, its source has changed',
    event: (machine) => installAll(machine, '1.0-2'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    arch: each('1.0 built'),
  },
  {
    name: 'an upgrade of the module is in conflict',
    event: ({ installInVain }) => installInVain(...packages.map((name) => `${name} that conflicts`)),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    arch: each('1.0 kept'),
  },
  {
    name: 'an upgrade of the module is refused by a hook',
    event: (machine) =>
      refused(machine, () => machine.installInVain(...packages.map((name) => `${name} 2.0-1`))),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    arch: each('1.0 kept'),
  },
  {
    name: 'the removal of the module is refused by a hook',
    event: (machine) =>
      refused(machine, async () => {
        const { exitCode } = await machine.root.run(['pacman', '-R', '--noconfirm', ...packages], {
          allowFailure: true,
        });
        expect(exitCode).not.toBe(0);
      }),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    arch: each('1.0 kept'),
  },
  {
    name: 'module upgraded to a new version',
    event: (machine) => installAll(machine, '2.0-1'),
    leaves: { auto: '2.0 built', hand: '2.0 built', none: 'registered 2.0' },
    arch: each('2.0 built'),
  },
  {
    name: 'module downgraded to an earlier version',
    event: (machine) => installAll(machine, '1.0-2'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    arch: each('1.0 built'),
  },
  {
    name: 'module upgraded to a new version that does not compile: the earlier one stays',
    event: (machine) => installAll(machine, '3.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept', none: 'registered 3.0' },
    arch: each('1.0 kept'),
  },
  {
    name: 'the new version of the module is mended',
    event: (machine) => installAll(machine, '3.0-2'),
    leaves: { auto: '3.0 built', hand: '3.0 built', none: 'registered 3.0' },
    arch: each('3.0 built'),
  },
  {
    name: 'module upgraded to a new version; AUTOINSTALL goes from yes to no, and from no to yes',
    event: (machine) => installAll(machine, '4.0-1'),
    leaves: each('4.0 built'),
    arch: each('4.0 built'),
  },
  {
    name: 'pacman is killed when one of the modules is downgraded: the new one is registered, the others are as they were',
    event: (machine) => killed(machine, () => machine.installInVain('auto-dkms that kills')),
    leaves: { auto: '2.0 built', hand: '4.0 kept', none: '4.0 kept' },
    arch: { auto: '2.0 built', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'it is upgraded again',
    event: ({ install }) => install('auto-dkms 4.0-1'),
    leaves: { auto: '4.0 built', hand: '4.0 kept', none: '4.0 kept' },
    arch: { auto: '4.0 built', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'a transaction that cannot be recorded goes on; with failure = "fail" it does not begin',
    event: async ({ install, installInVain, root, run }) => {
      await run('sh', '-ec', 'rm -rf /var/lib/kmodsmith/queue; touch /var/lib/kmodsmith/queue');
      await install('auto-dkms 4.0-1');
      await root.write('/etc/kmodsmith/policy.d/20-strict.toml', 'failure = "fail"\n');
      const said = await installInVain('auto-dkms 4.0-2');
      expect(said).toContain('this call is not recorded');
      await run('rm', '/etc/kmodsmith/policy.d/20-strict.toml', '/var/lib/kmodsmith/queue');
      expect((await root.run(['pacman', '-Q', 'auto-dkms'])).stdout).toBe('auto-dkms 4.0-1\n');
    },
    leaves: each('4.0 kept'),
  },
  {
    name: 'toolkit reinstalled',
    event: ({ install }) => install('kmodsmith'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'toolkit upgraded',
    event: ({ install }) => install('kmodsmith 2'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'toolkit removed: modules stay',
    event: ({ run }) => run('pacman', '-Rdd', '--noconfirm', 'kmodsmith'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'toolkit installed: what changed meanwhile is made up for',
    before: ({ install }) => install('headers 3'),
    event: ({ install }) => install('kmodsmith'),
    leaves: each('4.0 built'),
  },
  {
    name: 'module removed',
    event: ({ remove }) => remove(...packages),
    leaves: gone,
  },
  {
    name: 'module and toolkit removed in one transaction',
    before: (machine) => installAll(machine, '1.0-1'),
    event: async ({ remove, install }) => {
      await remove(...packages, 'kmodsmith');
      await install('kmodsmith');
    },
    leaves: gone,
  },
  {
    name: 'kernel, headers, module and toolkit in one transaction: one build',
    before: ({ remove }) => remove('linux-toy', 'linux-toy-headers', 'kmodsmith'),
    event: ({ install }) =>
      install('kmodsmith', 'linux 1', 'headers 1', ...packages.map((name) => `${name} 1.0-1`)),
    leaves: { auto: '1.0 built', hand: 'registered 1.0' },
    arch: each('1.0 built'),
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
  },
];
