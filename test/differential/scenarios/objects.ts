import { compressedKernel, source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

type Conf = Readonly<Record<string, string | undefined>>;

const install = 'dkms install twin/1.0 -k {K}';
const three = { twin: 'twin_1_0', second: 'twin_1_1', third: 'twin_2_0' };
const rest = Object.fromEntries(
  ['second', 'third'].flatMap((name, index) => [
    [`BUILT_MODULE_NAME[${index + 1}]`, name],
    [`DEST_MODULE_LOCATION[${index + 1}]`, '/extra'],
  ]),
);

const strips = ['no', 'yes', 'n', 'N', 'Y', 'nope', 'maybe', '', 'false', '0'];
const stripPairs: Conf[] = [
  { 'STRIP[1]': 'no' },
  { 'STRIP[0]': 'no', 'STRIP[1]': 'yes' },
  { 'STRIP[0]': 'no', 'STRIP[2]': '' },
];

const exclusions: Record<string, Conf> = {
  'the kernel matches': { BUILD_EXCLUSIVE_KERNEL: '^6\\.12' },
  'the kernel does not': { BUILD_EXCLUSIVE_KERNEL: '^5' },
  'the kernel matches in the middle': { BUILD_EXCLUSIVE_KERNEL: 'deb1[0-9]' },
  'a bad expression': { BUILD_EXCLUSIVE_KERNEL: '(' },
  'only the other kernel': { BUILD_EXCLUSIVE_KERNEL: '-rt-' },
  'the arch matches': { BUILD_EXCLUSIVE_ARCH: 'x86' },
  'the arch does not': { BUILD_EXCLUSIVE_ARCH: 'aarch64' },
  'one of two archs': { BUILD_EXCLUSIVE_ARCH: '(aarch64|x86_64)' },
  'a configuration that is there': { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MODULES' },
  'a configuration that is not': { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_NO_SUCH' },
  'a module that must not be there': { BUILD_EXCLUSIVE_CONFIG: '!CONFIG_MODULES' },
  'one that may not and is not': { BUILD_EXCLUSIVE_CONFIG: '!CONFIG_NO_SUCH' },
  'two configurations': { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MODULES CONFIG_NO_SUCH' },
  'two that are there': { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MODULES CONFIG_LOOP CONFIG_BLK_DEV_LOOP' },
  'a pattern of configurations': { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MOD.*' },
  'all of them': {
    BUILD_EXCLUSIVE_KERNEL: '^6',
    BUILD_EXCLUSIVE_ARCH: 'x86_64',
    BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MODULES',
    BUILD_EXCLUSIVE_KERNEL_MIN: '6',
    BUILD_EXCLUSIVE_KERNEL_MAX: '7',
  },
  'nothing in it': { BUILD_EXCLUSIVE_KERNEL: '' },
};
const bounds = [
  '6',
  '6.12',
  '6.12.0',
  '6.12.117',
  '6.12.117+deb13',
  '6.12.117+deb13-amd64',
  '6.12.118',
  '6.13',
  '5.99',
  '7',
  '10',
  '6.2',
  '6.12-rc1',
];

const single: Record<string, Conf> = {
  'the first of three': { 'BUILD_EXCLUSIVE_KERNEL[0]': '^5' },
  'the second of three': { 'BUILD_EXCLUSIVE_KERNEL[1]': '^5' },
  'the last of three': { 'BUILD_EXCLUSIVE_KERNEL_MIN[2]': '9' },
  'two of three': { 'BUILD_EXCLUSIVE_KERNEL[1]': '^5', 'BUILD_EXCLUSIVE_ARCH[2]': 'arm' },
  'each by its own': {
    'BUILD_EXCLUSIVE_KERNEL[1]': '^5',
    'BUILD_EXCLUSIVE_ARCH[2]': 'arm',
    'BUILD_EXCLUSIVE_CONFIG[0]': 'CONFIG_NO_SUCH',
  },
  'none is': { 'BUILD_EXCLUSIVE_KERNEL[1]': '^6', 'BUILD_EXCLUSIVE_KERNEL_MAX[2]': '9' },
};

const names: Record<string, Conf> = {
  'another final name': { 'DEST_MODULE_NAME[0]': 'final' },
  'names and dashes': { 'DEST_MODULE_NAME[0]': 'my-final_name' },
  'two swap names': { 'DEST_MODULE_NAME[0]': 'second', 'DEST_MODULE_NAME[1]': 'twin' },
  'a name with a dot': { 'DEST_MODULE_NAME[0]': 'a.b' },
  'a place in a folder': {
    'BUILT_MODULE_LOCATION[0]': 'sub',
    'MAKE[0]': 'make fast; mkdir sub; mv twin.ko sub',
  },
  'a place with a slash': {
    'BUILT_MODULE_LOCATION[0]': 'sub/',
    'MAKE[0]': 'make fast; mkdir sub; mv twin.ko sub',
  },
  'a place here': { 'BUILT_MODULE_LOCATION[0]': './' },
  'a place above': {
    'BUILT_MODULE_LOCATION[0]': '../out/',
    'MAKE[0]': 'make fast; mkdir -p ../out; mv twin.ko ../out',
  },
};

const family = (name: string, ids: string): Files => ({ [`/srv/os-release`]: `ID=${name}\n${ids}` });
const distributions: [string, string][] = [
  ['debian', ''],
  ['ubuntu', 'ID_LIKE=debian\n'],
  ['fedora', ''],
  ['arch', ''],
  ['opensuse-tumbleweed', 'ID_LIKE="opensuse suse"\n'],
  ['alpine', ''],
  ['gentoo', ''],
  ['rhel', 'ID_LIKE=fedora\n'],
  ['almalinux', 'ID_LIKE="rhel centos fedora"\n'],
  ['mint', 'ID_LIKE="ubuntu debian"\n'],
  ['sles', ''],
  ['unknown', ''],
];

export const objects: Scenario[] = [
  ...strips.map((value) => ({
    name: `STRIP: ${value}`,
    files: source({ conf: { 'STRIP[0]': value } }),
    steps: [install],
  })),
  ...stripPairs.map((conf, index) => ({
    name: `STRIP: several, ${index + 1}`,
    files: source({ objects: three, conf: { ...rest, ...conf } }),
    steps: [install],
  })),
  ...Object.entries(exclusions).map(([name, conf]) => ({
    name: `BUILD_EXCLUSIVE: ${name}`,
    files: source({ conf }),
    steps: [
      'dkms add twin/1.0',
      install,
      'dkms autoinstall -k {R}',
      'dkms uninstall twin/1.0 -k {K}',
      'dkms remove twin/1.0 --all',
    ],
  })),
  ...bounds.flatMap((bound) =>
    ['MIN', 'MAX'].map((side) => ({
      name: `BUILD_EXCLUSIVE_KERNEL_${side}: ${bound}`,
      files: source({ conf: { [`BUILD_EXCLUSIVE_KERNEL_${side}`]: bound } }),
      steps: ['dkms build twin/1.0 -k {K}'],
    })),
  ),
  ...Object.entries(single).map(([name, conf]) => ({
    name: `BUILD_EXCLUSIVE: ${name}`,
    files: source({ objects: three, conf: { ...rest, ...conf } }),
    steps: [install, 'dkms status', 'dkms uninstall twin/1.0 -k {K}', 'dkms remove twin/1.0 --all'],
  })),
  {
    name: 'BUILD_EXCLUSIVE: another configuration file',
    files: {
      ...source({ conf: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_MINE' } }),
      '/srv/config': 'CONFIG_MINE=m\n',
    },
    steps: ['dkms build twin/1.0 -k {K}', 'dkms build twin/1.0 -k {K} --config /srv/config'],
  },
  {
    name: 'BUILD_EXCLUSIVE: no headers either',
    files: { ...source({ conf: { BUILD_EXCLUSIVE_KERNEL: '^5' } }), '/lib/modules/9.9-bare/kernel/': '' },
    steps: ['dkms build twin/1.0 -k 9.9-bare', 'dkms install twin/1.0 -k 9.9-bare'],
  },
  {
    name: 'BUILD_EXCLUSIVE: after it was built',
    files: source(),
    steps: [
      install,
      "echo 'BUILD_EXCLUSIVE_KERNEL=none' >> /usr/src/twin-1.0/dkms.conf",
      'dkms status',
      install,
      `${install} --force`,
      'dkms uninstall twin/1.0 -k {K}',
      'dkms remove twin/1.0 --all',
    ],
  },
  ...Object.entries(names).map(([name, conf]) => ({
    name: `objects: ${name}`,
    files: source({
      objects: { twin: 'twin_1_0', second: 'twin_2_0' },
      conf: { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra', ...conf },
    }),
    steps: [install, 'dkms status', 'dkms remove twin/1.0 --all'],
  })),
  ...distributions.map(([name, ids]) => ({
    name: `places: on ${name}`,
    files: { ...source(), ...family(name, ids) },
    steps: [
      'cat /srv/os-release >/etc/os-release',
      'dkms install twin/1.0 -k {K} -a x86_64',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  })),
  {
    name: 'places: by ADDON_MODULES_DIR',
    files: source(),
    env: { ADDON_MODULES_DIR: 'mine/own' },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'places: by module-init-tools',
    files: { ...source(), '/etc/sysconfig/module-init-tools': 'ADDON_MODULES_DIR=fromfile\n' },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'places: moved to another distribution',
    files: source(),
    steps: [install, 'echo ID=alpine >/etc/os-release', 'dkms status', 'dkms uninstall twin/1.0 -k {K}'],
  },
  {
    name: 'compression: none, then some',
    files: { ...source(), ...compressedKernel('9.9-ko', 'NONE') },
    steps: [
      'dkms install twin/1.0 -k 9.9-ko',
      'xz /lib/modules/9.9-ko/kernel/drivers/net/dummy.ko',
      'dkms status',
      'dkms install twin/1.0 -k 9.9-ko --force',
      'dkms remove twin/1.0 --all',
    ],
  },
];
