import { expect } from 'vitest';
import { byHand, installAll, packages } from '../rows/acts.ts';
import type { Row } from '../rows/rows.ts';
import type { RowMachine } from './machine.ts';

// docs/policy.md, section 4, and docs/matrix: the events of a module's package and of the toolkit's.

const none = (version: string) => ({ none: `registered ${version}` });

export const moduleRows: readonly Row<RowMachine>[] = [
  {
    name: 'module installed',
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 built', hand: 'registered 1.0' },
    real: true,
    immediate: true,
  },
  {
    name: 'module reinstalled, nothing has changed',
    before: byHand(),
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    real: true,
    immediate: true,
  },
  {
    name: 'module upgraded with the same version, its source has changed',
    event: (machine) => installAll(machine, '1.0-2'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    debian: { auto: '1.0 built', hand: '1.0 kept' },
    real: true,
    immediate: true,
  },
  {
    name: 'module reconfigured',
    event: async ({ run }) => {
      for (const name of packages) await run('dpkg-reconfigure', name);
    },
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    debian: { auto: '1.0 built', hand: '1.0 kept' },
    real: true,
  },
  {
    name: 'upgrade of the module aborted',
    event: async ({ installInVain }) => {
      for (const name of packages) await installInVain(`${name} that conflicts`);
    },
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    immediate: true,
  },
  {
    name: 'removal of the module aborted',
    event: async ({ root, run }) => {
      await root.write('/srv/refuse', '');
      const { exitCode } = await root.run(['dpkg', '--remove', ...packages], { allowFailure: true });
      expect(exitCode).not.toBe(0);
      await run('rm', '/srv/refuse');
      await run(
        'sh',
        '-c',
        'for name; do echo "$name install"; done | dpkg --set-selections',
        'x',
        ...packages,
      );
    },
    leaves: { auto: '1.0 kept', hand: '1.0 kept' },
    immediate: true,
  },
  {
    name: 'module upgraded to a new version',
    event: (machine) => installAll(machine, '2.0-1'),
    leaves: { auto: '2.0 built', hand: '2.0 built', ...none('2.0') },
    debian: { hand: 'registered 2.0' },
    real: true,
    immediate: true,
  },
  {
    name: 'module downgraded to an earlier version',
    before: byHand('2.0'),
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: { auto: '1.0 built', hand: '1.0 built' },
    debian: { hand: 'registered 1.0' },
    real: true,
  },
  {
    name: 'module upgraded to a new version that does not compile',
    before: byHand('1.0'),
    event: (machine) => installAll(machine, '3.0-1'),
    leaves: { auto: '1.0 kept', hand: '1.0 kept', ...none('3.0') },
    debian: { hand: 'registered 3.0' },
    also: async (_, said) => expect(said).toContain('failed: auto 3.0'),
  },
  {
    name: 'the new version of the module is mended',
    event: (machine) => installAll(machine, '3.0-2'),
    leaves: { auto: '3.0 built', hand: '3.0 built', ...none('3.0') },
    debian: { hand: 'registered 3.0' },
  },
  {
    name: 'module upgraded to a new version; AUTOINSTALL goes from yes to no, and from no to yes',
    before: byHand('3.0'),
    event: (machine) => installAll(machine, '4.0-1'),
    leaves: { auto: '4.0 built', hand: '4.0 built', none: '4.0 built' },
    debian: { auto: 'registered 4.0' },
  },
  {
    name: 'module upgraded with the same version; AUTOINSTALL goes back',
    event: (machine) => installAll(machine, '4.0-2'),
    // Its dkms.conf is a file of its source, and has changed.
    leaves: { auto: '4.0 built', hand: '4.0 built', none: '4.0 built' },
    debian: { hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'toolkit reinstalled',
    event: ({ run }) => run('dpkg', '--install', '/srv/kmodsmith.deb'),
    leaves: { auto: '4.0 kept', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'toolkit upgraded',
    event: ({ install }) => install('kmodsmith 2'),
    leaves: { auto: '4.0 kept', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'toolkit removed: modules stay',
    event: ({ run }) => run('dpkg', '--remove', '--force-depends', 'kmodsmith'),
    leaves: { auto: '4.0 kept', hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'toolkit installed: what changed meanwhile is made up for',
    before: ({ installAlone }) => installAlone('headers 3'),
    event: ({ run }) => run('dpkg', '--install', '/srv/kmodsmith.deb'),
    leaves: { auto: '4.0 built', hand: '4.0 built', none: '4.0 built' },
    debian: { hand: '4.0 kept', none: '4.0 kept' },
  },
  {
    name: 'module removed',
    event: ({ remove }) => remove(...packages),
    leaves: { auto: 'gone', hand: 'gone', none: 'gone' },
    also: async ({ root, run, kernel }) => {
      expect(await root.list('/var/lib/dkms')).toEqual([]);
      expect(await root.exists(`/lib/modules/${kernel.release}/updates`)).toBe(false);
      expect(await run('kmodsmith', 'plan')).toContain('Nothing to do.');
    },
    real: true,
    immediate: true,
  },
  {
    name: 'module installed again, and purged',
    before: (machine) => installAll(machine, '1.0-1'),
    event: ({ run }) => run('apt-get', 'purge', ...packages),
    leaves: { auto: 'gone', hand: 'gone', none: 'gone' },
  },
];
