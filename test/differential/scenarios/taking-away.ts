import { kernel, source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const install = 'dkms install twin/1.0 -k {K}';
const both = 'dkms install twin/1.0 -k {K} -k {R}';
const two = { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) };

function states(action: string, lines: readonly string[]): Scenario[] {
  return lines.map((line) => ({
    name: `${action}: after ${line}`,
    files: source(),
    steps: [line, `dkms ${action} twin/1.0 -k {K}`, `dkms ${action} twin/1.0 -k {K}`],
  }));
}

const before = ['dkms status', 'dkms add twin/1.0', 'dkms build twin/1.0 -k {K}', install, both];

const oddly = (release: string): Files => ({ ...source(), ...kernel(release) });

export const takingAway: Scenario[] = [
  ...states('uninstall', before),
  ...states('unbuild', before),
  ...states('remove', before),
  ...['uninstall', 'unbuild', 'remove'].flatMap((action) => [
    {
      name: `${action}: all kernels`,
      files: source(),
      steps: [both, `dkms ${action} twin/1.0 --all`, 'dkms status'],
    },
    {
      name: `${action}: nothing, of all`,
      files: source(),
      steps: ['dkms add twin/1.0', `dkms ${action} twin/1.0 --all`],
    },
    {
      name: `${action}: two of them`,
      files: source(),
      steps: [both, `dkms ${action} twin/1.0 -k {R} -k {K}`],
    },
    {
      name: `${action}: one that is not, one that is`,
      files: source(),
      steps: [install, `dkms ${action} twin/1.0 -k {R} -k {K}`],
    },
    {
      name: `${action}: another arch`,
      files: source(),
      steps: [install, `dkms ${action} twin/1.0 -k {K}/other`, `dkms ${action} twin/1.0 -k {K}/x86_64`],
    },
    {
      name: `${action}: another version`,
      files: two,
      steps: [
        install,
        `dkms ${action} twin/2.0 -k {K}`,
        'dkms add twin/2.0',
        `dkms ${action} twin/2.0 -k {K}`,
      ],
    },
    {
      name: `${action}: the source is gone`,
      files: source(),
      steps: [install, 'rm -r /usr/src/twin-1.0', 'dkms status', `dkms ${action} twin/1.0 --all`],
    },
    {
      name: `${action}: its module is gone`,
      files: source(),
      steps: [install, 'rm /lib/modules/{K}/updates/dkms/twin.ko.xz', `dkms ${action} twin/1.0 --all`],
    },
    {
      name: `${action}: the build is gone`,
      files: source(),
      steps: [install, 'rm -r /var/lib/dkms/twin/1.0/{K}', 'dkms status', `dkms ${action} twin/1.0 --all`],
    },
    {
      name: `${action}: the kernel is gone`,
      files: source(),
      steps: [install, 'rm -r /lib/modules/{K}', 'dkms status', `dkms ${action} twin/1.0 -k {K}`],
    },
  ]),
  {
    name: 'remove: what others share',
    files: { ...source(), ...source({ name: 'other' }) },
    steps: [
      install,
      'dkms install other/1.0 -k {K}',
      'dkms remove twin/1.0 --all',
      'dkms remove other/1.0 --all',
    ],
  },
  {
    name: 'remove: what is not its own stays',
    files: source(),
    steps: [
      install,
      'mkdir -p /var/lib/dkms/twin/1.0/mine; touch /var/lib/dkms/twin/1.0/mine/x /var/lib/dkms/twin/y',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'remove: a tarball goes too',
    files: source(),
    steps: [install, 'dkms mktarball twin/1.0 -k {K}', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'remove: one kernel of two',
    files: source(),
    steps: [both, 'dkms remove twin/1.0 -k {K}', 'dkms remove twin/1.0 -k {R}'],
  },
  {
    name: 'remove: of one version of two',
    files: two,
    steps: [install, 'dkms build twin/2.0 -k {K}', 'dkms remove twin/2.0 -k {K}'],
  },
  {
    name: 'remove: staging that was left',
    files: source(),
    steps: [
      install,
      'mkdir -p /var/lib/dkms/twin/1.0/{K}/.tmp_x86_64_abcdef/module',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'remove: two archs',
    files: source(),
    steps: [
      'dkms build twin/1.0 -k {K}/one',
      'dkms build twin/1.0 -k {K}/two',
      'dkms unbuild twin/1.0 -k {K}/one',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'remove: a kernel that ends like a folder of dkms',
    files: oddly('9.9-deb'),
    steps: [both.replace('{R}', '9.9-deb'), 'dkms remove twin/1.0 -k {K}'],
  },
  {
    name: 'remove: all of a kernel that begins with a letter',
    files: oddly('custom-6.1'),
    steps: [
      'dkms install twin/1.0 -k custom-6.1',
      'dkms status',
      'dkms status -k custom-6.1',
      'dkms uninstall twin/1.0 --all',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'remove: empty folders that were there',
    files: { ...source(), '/lib/modules/{K}/updates/dkms/': '', '/lib/modules/{K}/updates/mine/': '' },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'remove: others in its folder',
    files: {
      ...source(),
      '/lib/modules/{K}/updates/dkms/keep.ko': { copy: '/opt/twins/modules/{K}/twin_1_1.ko' },
    },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'remove: another version lies in its place',
    files: source(),
    steps: [
      install,
      'cp /opt/twins/modules/{K}/twin_2_0.ko /lib/modules/{K}/updates/dkms/twin.ko; rm /lib/modules/{K}/updates/dkms/twin.ko.xz',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'remove: by name and version apart',
    files: source(),
    steps: [install, 'dkms remove -m twin -v 1.0 --all --no-depmod'],
  },
  {
    name: 'uninstall: then install again',
    files: source(),
    steps: [install, 'dkms uninstall twin/1.0 -k {K}', install, 'dkms unbuild twin/1.0 -k {K}', install],
  },
  {
    name: 'everything, several kernels',
    files: source(),
    steps: [
      both,
      'dkms status',
      'dkms uninstall twin/1.0 -k {K}',
      'dkms unbuild twin/1.0 -k {R}',
      both,
      'dkms install twin/1.0 -k {R} -k {K} --force',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'several kernels: excluded on one',
    files: source({ conf: { BUILD_EXCLUSIVE_KERNEL: '-rt-' } }),
    steps: [both, 'dkms build twin/1.0 -k {R} -k {K}', 'dkms remove twin/1.0 --all'],
  },
];
