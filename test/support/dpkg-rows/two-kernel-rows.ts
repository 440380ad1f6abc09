import { byHand, installAll, packages } from '../rows/acts.ts';
import type { Row } from '../rows/rows.ts';
import type { RowMachine } from './machine.ts';

// docs/policy.md, section 4, where a machine has two kernels with headers: what was installed by hand is so for the first only.

const onlyAuto = (version: string) => ({
  auto: `${version} built`,
  hand: `registered ${version}`,
  none: `registered ${version}`,
});
const asBefore = { auto: '4.0 kept', hand: '4.0 kept', none: '4.0 kept' };
const onEither = { auto: '4.0 built', hand: '4.0 built', none: '4.0 built' };
const gone = { auto: 'gone', hand: 'gone', none: 'gone' };

export const twoKernelRows: readonly Row<RowMachine>[] = [
  {
    name: 'module installed: for each kernel',
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: onlyAuto('1.0'),
    elsewhere: { leaves: onlyAuto('1.0') },
  },
  {
    name: 'module upgraded to a new version: carried to the kernel that had it',
    before: byHand(),
    event: (machine) => installAll(machine, '2.0-1'),
    leaves: { ...onlyAuto('2.0'), hand: '2.0 built' },
    debian: onlyAuto('2.0'),
    elsewhere: { leaves: onlyAuto('2.0') },
  },
  {
    name: 'module reconfigured: what is installed is built again',
    before: byHand('2.0'),
    event: ({ run }) => run('dpkg-reconfigure', ...packages),
    leaves: { ...onlyAuto('2.0'), hand: '2.0 built' },
    debian: { hand: '2.0 kept' },
    elsewhere: { leaves: onlyAuto('2.0') },
  },
  {
    name: 'module upgraded; AUTOINSTALL goes from yes to no, and from no to yes',
    event: (machine) => installAll(machine, '4.0-1'),
    leaves: onEither,
    debian: { auto: 'registered 4.0' },
    elsewhere: { leaves: onEither, debian: { auto: 'registered 4.0' } },
  },
  {
    name: 'module upgraded with the same version; AUTOINSTALL goes back',
    event: (machine) => installAll(machine, '4.0-2'),
    // Its dkms.conf is a file of its source, and has changed.
    leaves: onEither,
    debian: { hand: '4.0 kept', none: '4.0 kept' },
    elsewhere: { leaves: onEither, debian: { hand: '4.0 kept', none: '4.0 kept' } },
  },
  {
    name: 'headers of both kernels reinstalled',
    event: ({ install }) => install('headers 1', 'other headers'),
    leaves: asBefore,
    debian: { auto: '4.0 built' },
    elsewhere: { leaves: asBefore, debian: { auto: '4.0 built' } },
  },
  {
    name: 'one kernel is purged, headers and all',
    event: ({ run, other }) => run('apt-get', 'purge', other.image, ...other.headers),
    about: 'other',
    leaves: { auto: 'registered 4.0', hand: 'registered 4.0', none: 'registered 4.0' },
  },
  {
    name: 'it comes back: AUTOINSTALL alone counts',
    event: ({ install }) => install('other image', 'other headers'),
    about: 'other',
    leaves: onlyAuto('4.0'),
  },
  {
    name: 'one kernel and all modules are removed in one transaction',
    event: ({ remove, other }) => remove(other.image, ...other.headers, ...packages),
    leaves: gone,
    elsewhere: { leaves: gone },
  },
  {
    name: 'module installed while one kernel is left',
    event: (machine) => installAll(machine, '1.0-1'),
    leaves: onlyAuto('1.0'),
    elsewhere: { leaves: { auto: 'registered 1.0', hand: 'registered 1.0', none: 'registered 1.0' } },
  },
];
