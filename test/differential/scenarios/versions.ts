import { source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const install = 'dkms install twin/1.0 -k {K}';
const inTree = '/lib/modules/{K}/kernel/drivers/misc/twin.ko';
/** What the package builds, and what the kernel has already. */
const pairs: [string, string[]][] = [
  ['twin_1_0', ['twin_0_9', 'twin_1_0', 'twin_1_0_other', 'twin_1_1', 'twin_10_0', 'twin_rc', 'twin_none']],
  ['twin_none', ['twin_none', 'twin_none_other', 'twin_1_0']],
  ['twin_10_0', ['twin_2_0', 'twin_10_0']],
  ['twin_rc', ['twin_1_0', 'twin_0_9', 'twin_rc']],
];

/** A module of the same name in the kernel, under these paths. */
function there(specimen: string, ...paths: string[]): Files {
  return Object.fromEntries(paths.map((path) => [path, { copy: `/opt/twins/modules/{K}/${specimen}.ko` }]));
}

const extra = '/lib/modules/{K}/extra/twin.ko';
const updates = '/lib/modules/{K}/updates/twin.ko';
const dest = '/lib/modules/{K}/updates/dkms/twin.ko';
const both = { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) };

export const versions: Scenario[] = [
  ...pairs.flatMap(([mine, theirs]) =>
    theirs.map((other) => ({
      name: `version: ${mine} where the kernel has ${other}`,
      files: { ...source({ objects: { twin: mine } }), ...there(other, inTree) },
      steps: [install, 'dkms uninstall twin/1.0 -k {K}'],
    })),
  ),
  ...['--force', '--force-version-override', '--force --force-version-override'].flatMap((option) =>
    ['twin_1_1', 'twin_1_0', 'twin_0_9'].map((theirs) => ({
      name: `version: ${option} over ${theirs}`,
      files: { ...source(), ...there(theirs, inTree) },
      steps: [`${install} ${option}`, 'dkms status', 'dkms remove twin/1.0 --all'],
    })),
  ),
  ...['twin\n', 'other twin\n', 'twin_version-override\n', 'twi\n', 'twin_1.0\n'].map((text) => ({
    name: `version: modules_to_force_install: ${text.trim()}`,
    files: {
      ...source(),
      ...there('twin_1_1', inTree),
      '/usr/share/dkms/modules_to_force_install/list': text,
    },
    steps: [install, 'dkms status', 'dkms remove twin/1.0 --all'],
  })),
  {
    name: 'version: one of two objects is older',
    files: {
      ...source({
        objects: { twin: 'twin_1_0', second: 'twin_2_0' },
        conf: { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra' },
      }),
      ...there('twin_1_1', inTree),
    },
    steps: [install, 'dkms status', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'version: refused, with scripts',
    files: {
      ...source({
        conf: { PRE_INSTALL: 'x.sh', POST_INSTALL: 'x.sh', POST_REMOVE: 'x.sh' },
        files: { 'x.sh': { content: '#!/bin/sh\n/opt/twins/bin/note x\n', mode: 0o755 } },
      }),
      ...there('twin_1_1', inTree),
    },
    steps: [install, 'dkms autoinstall -k {K}', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'version: the compressed one in the kernel',
    files: { ...source({ objects: { hpilo: 'twin_1_1' }, name: 'hpilo' }) },
    steps: ['dkms install hpilo/1.0 -k {K}', 'dkms remove hpilo/1.0 --all'],
  },
  {
    name: 'version: a newer version of the package with the same object',
    files: { ...source(), ...source({ version: '2.0' }) },
    steps: [
      install,
      'dkms install twin/2.0 -k {K}',
      'dkms add twin/2.0; dkms autoinstall -k {K}',
      'dkms status',
    ],
  },
];

const originals: Record<string, Files> = {
  'in the kernel': there('twin_0_9', inTree),
  'in extra': there('twin_0_9', extra),
  'in updates': there('twin_0_9', updates),
  'in the place itself': there('twin_0_9', dest),
  'in two places': there('twin_0_9', inTree, extra),
  'in four places': there('twin_0_9', inTree, extra, updates, dest),
  'in two folders of the kernel': there('twin_0_9', inTree, '/lib/modules/{K}/kernel/net/twin.ko'),
  'as a link': { [inTree]: { link: '/opt/twins/modules/{K}/twin_0_9.ko' } },
};

export const originalModules: Scenario[] = [
  ...Object.entries(originals).map(([name, files]) => ({
    name: `original: ${name}`,
    files: { ...source(), ...files },
    steps: [install, 'dkms status', 'dkms uninstall twin/1.0 -k {K}', install, 'dkms remove twin/1.0 --all'],
  })),
  {
    name: 'original: compressed',
    files: { ...source({ name: 'hpilo', objects: { hpilo: 'twin_10_0' } }) },
    steps: ['dkms install hpilo/1.0 -k {K}', 'dkms status', 'dkms remove hpilo/1.0 --all'],
  },
  {
    name: 'original: without a version',
    files: { ...source({ name: 'dummy', objects: { dummy: 'twin_1_0' } }) },
    steps: [
      'dkms install dummy/1.0 -k {K} -k {R}',
      'dkms status',
      'dkms unbuild dummy/1.0 -k {R}',
      'dkms remove dummy/1.0 --all',
    ],
  },
  {
    name: 'original: kept over versions',
    files: { ...both, ...there('twin_0_9', inTree) },
    steps: [
      install,
      'dkms install twin/2.0 -k {K}',
      'dkms status',
      'dkms uninstall twin/2.0 -k {K}',
      'dkms remove twin/1.0 --all; dkms remove twin/2.0 --all',
    ],
  },
  {
    name: 'original: kept by force',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [
      install,
      `${install} --force`,
      'dkms build twin/1.0 -k {K} --force',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: no index after',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [`${install} --no-depmod`, 'dkms uninstall twin/1.0 -k {K} --no-depmod'],
  },
  {
    name: 'original: a new one came meanwhile',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [
      install,
      `cp /opt/twins/modules/{K}/twin_1_1.ko ${inTree}`,
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: without a note where from',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [
      install,
      'rm /var/lib/dkms/twin/original_module/{K}/x86_64/*.origin',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: a note that leads elsewhere',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [
      install,
      'for f in /var/lib/dkms/twin/original_module/{K}/x86_64/*.origin; do echo /etc/twin.ko >$f; done',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: two packages, one object',
    files: { ...source(), ...source({ name: 'rival', objects: { twin: 'twin_2_0' } }) },
    steps: [
      install,
      'dkms install rival/1.0 -k {K}',
      'dkms status',
      'dkms remove rival/1.0 --all',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: two packages, the older goes first',
    files: { ...source(), ...source({ name: 'rival', objects: { twin: 'twin_2_0' } }) },
    steps: [
      install,
      'dkms install rival/1.0 -k {K}',
      'dkms remove twin/1.0 --all',
      'dkms remove rival/1.0 --all',
    ],
  },
  {
    name: 'original: two kernels',
    files: { ...source(), ...there('twin_0_9', inTree, inTree.replace('{K}', '{R}')) },
    steps: [
      'dkms install twin/1.0 -k {K} -k {R}',
      'dkms uninstall twin/1.0 -k {R}',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'original: links for modules',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [`${install} --symlink-modules`, 'dkms status', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'original: the kernel is taken away',
    files: { ...source(), ...there('twin_0_9', inTree) },
    steps: [install, 'dkms kernel_prerm -k {K}'],
  },
  {
    name: 'original: another name in the end',
    files: { ...source({ conf: { 'DEST_MODULE_NAME[0]': 'hpilo' }, objects: { twin: 'twin_10_0' } }) },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
];
