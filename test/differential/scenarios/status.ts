import { source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const three = { ...source(), ...source({ version: '2.0' }), ...source({ name: 'other', version: '0.1' }) };
const begin = 'dkms build twin/1.0 -k {K} -k {R}; dkms add twin/2.0; dkms install other/0.1 -k {R}';

const filters = [
  '',
  'twin',
  'twin/1.0',
  'twin/2.0',
  'twin/3.0',
  'none',
  '-m twin',
  '-m twin -v 1.0',
  '-v 1.0',
  '-v 0.1',
  "'tw*'",
  "'*/1.0'",
  "'*'",
  "'t?in'",
  "'[to]*/?.?'",
  '-k {K}',
  '-k {R}',
  '-k {K} -k {R}',
  '-k {R} -k {K}',
  '-k 1.2-none',
  '-k {K}/x86_64',
  '-k {K}/other',
  '-k {K} -a x86_64',
  '-a x86_64',
  '-a other',
  'twin/1.0 -k {R}',
  'twin/2.0 -k {R}',
  'other -k {K}',
  '--all',
  '--verbose',
  'twin -k {K} -k {K}',
  '/1.0',
  'twin/',
];

export const statuses: Scenario[] = [
  {
    name: 'status: filters',
    files: three,
    steps: [begin, ...filters.map((filter) => `dkms status ${filter}`)],
  },
  {
    name: 'status: patterns of kernels',
    files: three,
    steps: [begin, "dkms status -k '6.*'", "dkms status -k '*'"],
  },
  { name: 'status: quiet', files: three, steps: [begin, 'dkms status -q', 'dkms -q status twin'] },
  {
    name: 'status: nothing at all',
    steps: ['dkms status', 'dkms status none/1.0', 'dkms status -k {K}'],
  },
  {
    name: 'status: a broken one among others',
    files: three,
    steps: [
      begin,
      'rm -r /usr/src/twin-1.0',
      'dkms status',
      'dkms status twin/1.0',
      'dkms status -k {K}',
      'dkms status other',
    ],
  },
  {
    name: 'status: a source that is a folder',
    files: three,
    steps: [begin, 'rm /var/lib/dkms/twin/1.0/source; mkdir /var/lib/dkms/twin/1.0/source', 'dkms status'],
  },
  {
    name: 'status: a bad conf among others',
    files: three,
    steps: [begin, 'echo PACKAGE_NAME= >> /usr/src/twin-1.0/dkms.conf', 'dkms status 2>/dev/null'],
  },
  {
    name: 'status: no conf',
    files: three,
    steps: [begin, 'rm /usr/src/twin-1.0/dkms.conf', 'dkms status 2>/dev/null'],
  },
  {
    name: 'status: stray things in the tree',
    files: three,
    steps: [
      begin,
      'mkdir -p /var/lib/dkms/stray/1.0 /var/lib/dkms/empty; touch /var/lib/dkms/file /var/lib/dkms/twin/file',
      'dkms status',
    ],
  },
  {
    name: 'status: suffix for what is missing',
    files: three,
    steps: [
      begin,
      'rm /var/lib/dkms/twin/1.0/{K}/x86_64/module/twin.ko.xz',
      'dkms status',
      'rm /var/lib/dkms/other/0.1/{R}/x86_64/module/*',
      'dkms status',
    ],
  },
  {
    name: 'status: suffix for what differs',
    files: three,
    steps: [
      begin,
      'echo >> /lib/modules/{R}/updates/dkms/other.ko.xz',
      'dkms status',
      'rm /lib/modules/{R}/updates/dkms/other.ko.xz',
      'dkms status',
    ],
  },
  {
    name: 'status: suffix for originals',
    files: three,
    steps: [
      begin,
      'mkdir -p /var/lib/dkms/other/original_module/{R}/x86_64',
      'dkms status',
      'rm /lib/modules/{R}/updates/dkms/other.ko.xz',
      'dkms status',
    ],
  },
  {
    name: 'status: another compression',
    files: three,
    steps: [
      begin,
      'xz -d /lib/modules/{R}/updates/dkms/other.ko.xz',
      'dkms status',
      'xz -d /var/lib/dkms/other/0.1/{R}/x86_64/module/other.ko.xz',
      'dkms status',
    ],
  },
  {
    name: 'status: the link points elsewhere',
    files: three,
    steps: [begin, 'ln -sfn 9.9/{R}/x86_64 /var/lib/dkms/other/kernel-{R}-x86_64', 'dkms status'],
  },
  {
    name: 'status: an absolute link',
    files: three,
    steps: [
      begin,
      'ln -sfn /var/lib/dkms/other/0.1/{R}/x86_64 /var/lib/dkms/other/kernel-{R}-x86_64',
      'dkms status',
      'dkms uninstall other/0.1 -k {R}',
    ],
  },
  {
    name: 'status: excluded objects',
    files: source({
      objects: { twin: 'twin_1_0', second: 'twin_2_0' },
      conf: { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra' },
    }),
    steps: [
      'dkms install twin/1.0 -k {K}',
      "echo 'BUILD_EXCLUSIVE_KERNEL[1]=none' >> /usr/src/twin-1.0/dkms.conf",
      'rm /var/lib/dkms/twin/1.0/{K}/x86_64/module/second.ko.xz',
      'dkms status',
    ],
  },
  {
    name: 'status: an empty build',
    files: source(),
    steps: [
      'dkms add twin/1.0',
      'mkdir -p /var/lib/dkms/twin/1.0/{K}/x86_64/module',
      'dkms status',
      'dkms status -k {K}',
    ],
  },
  {
    name: 'status: the tree is a link',
    files: source(),
    steps: [
      'mv /var/lib/dkms /var/lib/real; ln -s real /var/lib/dkms',
      'dkms install twin/1.0 -k {K}',
      'dkms status',
    ],
  },
];
