import { expect } from 'vitest';
import { byHand, installAll, packages } from '../rows/acts.ts';
import { ended } from './acts.ts';
import type { RpmRow } from './machine.ts';

// docs/policy.md, section 4: the events of a module's package and of the toolkit's, as rpm has them.

const each = (what: string) => ({ auto: what, hand: what, none: what });
const gone = each('gone');

export const moduleRows: readonly RpmRow[] = [
  {
    name: 'module installed',
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 built', hand: 'registered 1.0' },
    fedora: each('1.0 built'),
  },
  {
    name: 'module reinstalled, nothing has changed',
    before: byHand(),
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    fedora: each('1.0 kept'),
  },
  {
    name: 'module upgraded with the same version, its source has changed',
    event: (machine) => installAll(machine, '1.0-2'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    fedora: each('1.0 built'),
  },
  {
    name: 'an upgrade of the module is in conflict',
    event: ({ installInVain }) => installInVain(...packages.map((name) => `${name} that conflicts`)),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    fedora: each('1.0 kept'),
  },
  {
    name: 'an upgrade of the module is refused by its own scriptlet',
    event: (machine) =>
      ended(machine, () => machine.installInVain(...packages.map((name) => `${name} that refuses`))),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    fedora: each('1.0 kept'),
  },
  {
    name: 'module upgraded to a new version',
    event: (machine) => installAll(machine, '2.0-1'),
    leaves: { auto: '2.0 built', hand: '2.0 built', none: 'registered 2.0' },
    fedora: each('2.0 built'),
  },
  {
    name: 'module downgraded to an earlier version',
    event: (machine) => installAll(machine, '1.0-2'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    fedora: each('1.0 built'),
  },
  {
    name: 'module upgraded to a new version that does not compile: the earlier one stays',
    event: (machine) => installAll(machine, '3.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept', none: 'registered 3.0' },
    fedora: each('1.0 kept'),
  },
  {
    name: 'the new version of the module is mended',
    event: (machine) => installAll(machine, '3.0-2'),
    leaves: { auto: '3.0 built', hand: '3.0 built', none: 'registered 3.0' },
    fedora: each('3.0 built'),
  },
  {
    name: 'module upgraded to a new version; AUTOINSTALL goes from yes to no, and from no to yes',
    event: (machine) => installAll(machine, '4.0-1'),
    leaves: each('4.0 built'),
    fedora: each('4.0 built'),
  },
  {
    name: 'rpm is killed when one of the modules is downgraded: the new one is registered, the others are as they were',
    tools: ['rpm'],
    event: (machine) => ended(machine, () => machine.installInVain('auto-dkms that kills')),
    leaves: { auto: '4.0 kept', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'it is upgraded again',
    tools: ['rpm'],
    before: ({ run }) => run('rpm', '-e', 'auto-dkms-2.0-7'),
    event: ({ install }) => install('auto-dkms 4.0-1'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'a module that fails fails no transaction; with failure = "fail" its scriptlets say so',
    event: async ({ root, install }) => {
      await root.write('/etc/kmodsmith/policy.d/20-strict.toml', 'failure = "fail"\n');
      // zypper says so by its exit status, too; the package is installed all the same.
      const said = await install('auto-dkms 3.0-1').catch(String);
      expect(said).toMatch(/%transfiletriggerin\(kmodsmith\S*\) scriptlet failed|triggered by/i);
      await root.run(['rm', '/etc/kmodsmith/policy.d/20-strict.toml']);
    },
    leaves: each('4.0 kept'),
  },
  {
    name: 'and it is upgraded again',
    event: ({ install }) => install('auto-dkms 4.0-1'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'what cannot be recorded is done at once',
    event: async ({ install, run }) => {
      await run('sh', '-ec', 'rm -rf /var/lib/kmodsmith/queue; touch /var/lib/kmodsmith/queue');
      await install('auto-dkms 4.0-2');
      await run('rm', '/var/lib/kmodsmith/queue');
    },
    leaves: { ...each('4.0 kept'), auto: '4.0 built' },
    fedora: { ...each('4.0 kept'), auto: '4.0 built' },
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
    event: ({ run }) => run('rpm', '-e', '--nodeps', 'kmodsmith'),
    leaves: each('4.0 kept'),
  },
  {
    name: 'toolkit installed: what changed meanwhile is made up for',
    before: ({ install }) => install('devel 3'),
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
    before: ({ remove }) => remove('kernel-toy', 'kernel-toy-devel', 'kmodsmith'),
    event: ({ install }) =>
      install('kmodsmith', 'kernel 1', 'devel 1', ...packages.map((name) => `${name} 1.0-1`)),
    leaves: { auto: '1.0 built', hand: 'registered 1.0' },
    fedora: each('1.0 built'),
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
  },
];
