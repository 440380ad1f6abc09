import type { RowGroup } from './row.ts';

const ownPackage: RowGroup = {
  title: "The module's package",
  kernel: 'old',
  rows: [
    { id: 'module-install', label: 'installed', before: { version: 'none' }, told: [['module:install']] },
    {
      id: 'module-install-without-headers',
      label: 'installed while K has no headers',
      before: { version: 'none', headers: 'absent' },
      told: [['module:install']],
    },
    { id: 'module-upgrade', label: 'upgraded to a new version', told: [['module:upgrade:2.0']] },
    {
      id: 'module-downgrade',
      label: 'downgraded to an earlier version',
      before: { version: '2.0' },
      told: [['module:upgrade']],
    },
    {
      id: 'module-upgrade-fails',
      label: 'upgraded to a new version that does not compile',
      told: [['module:upgrade:2.0']],
      fails: true,
    },
    {
      id: 'module-reinstall',
      label: 'reinstalled, or upgraded with the same version of the module',
      told: [['module:upgrade']],
    },
    { id: 'module-reconfigure', label: 'reconfigured', told: [['module:reconfigure']] },
    {
      id: 'flip-off',
      label: 'upgraded to a new version; AUTOINSTALL goes from yes to no',
      flips: 'off',
      told: [['module:upgrade:2.0']],
    },
    {
      id: 'flip-on',
      label: 'upgraded to a new version; AUTOINSTALL goes from no to yes',
      flips: 'on',
      told: [['module:upgrade:2.0']],
    },
    {
      id: 'flip-off-same',
      label: 'upgraded with the same version; AUTOINSTALL goes from yes to no',
      flips: 'off',
      told: [['module:upgrade']],
    },
    {
      id: 'flip-on-same',
      label: 'upgraded with the same version; AUTOINSTALL goes from no to yes',
      flips: 'on',
      told: [['module:upgrade']],
    },
    { id: 'module-remove', label: 'removed', told: [['module:remove']] },
    { id: 'module-purge', label: 'removed, then purged', told: [['module:remove'], ['module:purge']] },
    { id: 'module-upgrade-abort', label: 'upgrade aborted', told: [['module:abort']] },
    { id: 'module-remove-abort', label: 'removal aborted', told: [['module:remove', 'module:abort']] },
  ],
};

const together: RowGroup = {
  title: 'A new kernel release K and more, in one transaction and any order',
  kernel: 'fresh',
  rows: [
    {
      id: 'kernel-and-module',
      label: "and the module's package is installed",
      before: { version: 'none' },
      told: [['headers:install', 'image:install', 'module:install']],
    },
    {
      id: 'kernel-and-upgrade',
      label: "and the module's package is upgraded to a new version",
      told: [['headers:install', 'image:install', 'module:upgrade:2.0']],
    },
    {
      id: 'kernel-module-and-toolkit',
      label: "and kmodsmith and the module's package are installed",
      before: { version: 'none' },
      told: [['headers:install', 'image:install', 'module:install', 'toolkit:install']],
    },
  ],
};

const everything: RowGroup = {
  title: 'kmodsmith itself',
  kernel: 'old',
  rows: [
    { id: 'toolkit-install', label: 'installed', told: [['toolkit:install']] },
    { id: 'toolkit-upgrade', label: 'upgraded', told: [['toolkit:upgrade']] },
    { id: 'toolkit-remove', label: 'removed', told: [['toolkit:remove']] },
    { id: 'boot', label: 'the machine starts', told: [[]] },
  ],
};

const unnoticed: RowGroup = {
  title: 'A kernel K that came while nobody told kmodsmith',
  kernel: 'fresh',
  rows: [
    {
      id: 'toolkit-install-later',
      label: 'kmodsmith is installed or upgraded',
      before: { kernel: 'unnoticed' },
      told: [['toolkit:install']],
    },
    { id: 'boot-later', label: 'the machine starts', before: { kernel: 'unnoticed' }, told: [[]] },
  ],
};

export const moduleRows: readonly RowGroup[] = [ownPackage, together, everything, unnoticed];
