import { kernel, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { addAll, auto, modules, onFirst, versions } from './three-modules.ts';

const rebuilds = { ...onFirst('beta'), BUILD_DEPENDS_REBUILD: 'yes' };
const newerNeed = source({ name: 'beta', version: '2.0', objects: { beta: 'twin_2_0' } });

export const dependents: Scenario[] = [
  {
    name: 'dependents: the need is upgraded',
    files: { ...modules(rebuilds), ...newerNeed },
    steps: [addAll, auto, 'dkms install beta/2.0 -k {K}', 'dkms status'],
  },
  {
    name: 'dependents: without the wish',
    files: { ...modules(onFirst('beta')), ...newerNeed },
    steps: [addAll, auto, 'dkms install beta/2.0 -k {K}'],
  },
  {
    name: 'dependents: the wish by override',
    files: {
      ...modules(onFirst('beta')),
      ...newerNeed,
      '/etc/dkms/alpha.conf': 'BUILD_DEPENDS_REBUILD=yes\n',
    },
    steps: [addAll, auto, 'dkms install beta/2.0 -k {K}'],
  },
  {
    name: 'dependents: the need is downgraded',
    files: { ...modules(rebuilds), ...newerNeed },
    steps: [
      'dkms install beta/2.0 -k {K}; dkms install alpha/1.0 -k {K}',
      'dkms remove beta/2.0 --all',
      'dkms install beta/1.0 -k {K}',
    ],
  },
  {
    name: 'dependents: an unrelated module is installed',
    files: modules(rebuilds),
    steps: ['dkms install beta/1.0 -k {K}; dkms install alpha/1.0 -k {K}', 'dkms install gamma/1.0 -k {K}'],
  },
  {
    name: 'dependents: by autoinstall',
    files: { ...modules(rebuilds), ...newerNeed },
    steps: [addAll, auto, 'dkms add beta/2.0', auto],
  },
  {
    name: 'dependents: the rebuild fails',
    files: { ...modules(rebuilds), ...newerNeed },
    steps: [
      addAll,
      auto,
      'sed -i s/twin_1_0/absent/ /usr/src/alpha-1.0/Makefile',
      'dkms install beta/2.0 -k {K}',
    ],
  },
];

const match = 'dkms match --templatekernel {K} -k {R}';

export const matching: Scenario[] = [
  {
    name: 'match: all that is installed',
    files: modules(),
    steps: [
      addAll,
      'dkms install alpha/1.0 -k {K}; dkms install beta/1.0 -k {K}; dkms build gamma/1.0 -k {K}',
      match,
      match,
    ],
  },
  { name: 'match: nothing', files: modules(), steps: [addAll, match, `${match} alpha`] },
  {
    name: 'match: one module',
    files: modules(),
    steps: [addAll, auto, `${match} beta`, `${match} -m alpha`, `${match} gamma/9`],
  },
  {
    name: 'match: a failing one',
    files: modules(),
    steps: [addAll, auto, 'sed -i s/twin_1_0/absent/ /usr/src/beta-1.0/Makefile', match],
  },
  {
    name: 'match: no headers',
    files: { ...modules(), ...kernel('9.9-bare') },
    steps: [addAll, auto, 'rm /lib/modules/9.9-bare/build', 'dkms match --templatekernel {K} -k 9.9-bare'],
  },
  {
    name: 'match: older and newer versions',
    files: versions,
    steps: [
      'dkms install twin/1.0 -k {K}; dkms install twin/2.0 -k {R}',
      match,
      'dkms match --templatekernel={R} -k {K}',
    ],
  },
];

export const kernelHooks: Scenario[] = [
  {
    name: 'kernel_postinst: installs',
    files: modules({ AUTOINSTALL: 'no' }),
    steps: [addAll, 'dkms kernel_postinst -k {K}', 'dkms kernel_postinst --kernelver {R}'],
  },
  {
    name: 'kernel_postinst: a failing one',
    files: modules({ 'MAKE[0]': 'false' }),
    steps: [addAll, 'dkms kernel_postinst -k {K}'],
  },
  {
    name: 'kernel_prerm: takes all away',
    files: modules({ AUTOINSTALL: 'no' }),
    steps: [
      addAll,
      `dkms install alpha/1.0 -k {K}; ${auto}; dkms build beta/1.0 -k {R}`,
      'dkms kernel_prerm -k {K}',
      'dkms kernel_prerm -k {R}',
      'dkms kernel_prerm -k {R}',
    ],
  },
  {
    name: 'kernel_preinst: takes the automatic ones',
    files: modules({ AUTOINSTALL: 'no' }),
    steps: [
      addAll,
      `dkms install alpha/1.0 -k {K}; ${auto}; dkms build beta/1.0 -k {R}`,
      'dkms kernel_preinst -k {K}',
      'dkms kernel_preinst -k {R}',
      auto,
    ],
  },
  {
    name: 'kernel hooks: nothing is there',
    steps: [
      'dkms kernel_preinst -k {K}',
      'dkms kernel_postinst -k {K}',
      'dkms kernel_prerm -k {K}',
      'dkms kernel_prerm -k 1.2-none',
    ],
  },
  {
    name: 'kernel hooks: empty folders of others',
    files: { ...modules(), '/lib/modules/{K}/mine/empty/': '' },
    steps: [addAll, auto, 'dkms kernel_prerm -k {K}'],
  },
  {
    name: 'kernel_prerm: the kernel is gone',
    files: modules(),
    steps: [addAll, auto, 'rm -r /lib/modules/{K}', 'dkms kernel_prerm -k {K}'],
  },
  {
    name: 'kernel_prerm: forbidden autoinstall',
    files: { ...modules(), '/etc/dkms/no-autoinstall': '' },
    steps: ['dkms install alpha/1.0 -k {K}', 'dkms kernel_prerm -k {K}'],
  },
  {
    name: 'kernel_prerm: one broken',
    files: modules(),
    steps: [addAll, auto, 'rm -r /usr/src/beta-1.0', 'dkms kernel_prerm -k {K}'],
  },
  {
    name: 'kernel_prerm: another arch',
    files: modules(),
    steps: [
      'dkms build alpha/1.0 -k {K}/other',
      'dkms kernel_prerm -k {K}',
      'dkms kernel_prerm -k {K} -a other',
    ],
  },
];
