import { source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

type Conf = Readonly<Record<string, string | undefined>>;

const two = { twin: 'twin_1_0', second: 'twin_2_0' };
const second = { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra' };
const gone = (...names: string[]): Conf => Object.fromEntries(names.map((name) => [name, undefined]));

const confs: Record<string, Conf> = {
  'no name': gone('PACKAGE_NAME'),
  'an empty name': { PACKAGE_NAME: '' },
  'no version': gone('PACKAGE_VERSION'),
  'neither name nor version': gone('PACKAGE_NAME', 'PACKAGE_VERSION'),
  'no place': gone('DEST_MODULE_LOCATION[0]'),
  'no place of the second': { 'BUILT_MODULE_NAME[1]': 'second' },
  'no name of the second': { 'DEST_MODULE_LOCATION[1]': '/extra' },
  'no name of either': { ...second, ...gone('BUILT_MODULE_NAME[0]', 'BUILT_MODULE_NAME[1]') },
  'a place elsewhere': { 'DEST_MODULE_LOCATION[0]': '/opt' },
  'a place without slash': { 'DEST_MODULE_LOCATION[0]': 'kernel/drivers' },
  'a place that begins right': { 'DEST_MODULE_LOCATION[0]': '/updates-more' },
  'a place: /extra': { 'DEST_MODULE_LOCATION[0]': '/extra' },
  'a place: /updates': { 'DEST_MODULE_LOCATION[0]': '/updates/deep/er' },
  'a place: /kernel': { 'DEST_MODULE_LOCATION[0]': '/kernel' },
  'a place with a slash at the end': { 'DEST_MODULE_LOCATION[0]': '/kernel/drivers/' },
  'a name that ends in .ko': { 'BUILT_MODULE_NAME[0]': 'twin.ko' },
  'a name that ends in .o': { 'BUILT_MODULE_NAME[0]': 'twin.o' },
  'a final name that ends in .ko': { 'DEST_MODULE_NAME[0]': 'final.ko' },
  'a final name that ends in .o': { 'DEST_MODULE_NAME[0]': 'final.o' },
  'the same object twice': { ...second, 'BUILT_MODULE_NAME[1]': 'twin' },
  'the same final name twice': { ...second, 'DEST_MODULE_NAME[1]': 'twin' },
  'the same object of two folders': {
    ...second,
    'BUILT_MODULE_NAME[1]': 'twin',
    'BUILT_MODULE_LOCATION[1]': 'sub',
    'DEST_MODULE_NAME[1]': 'other',
  },
  'AUTOINSTALL=maybe': { AUTOINSTALL: 'maybe' },
  'AUTOINSTALL=y': { AUTOINSTALL: 'y' },
  'AUTOINSTALL=Yes': { AUTOINSTALL: 'Yes' },
  'AUTOINSTALL=1': { AUTOINSTALL: '1' },
  'AUTOINSTALL=no': { AUTOINSTALL: 'no' },
  'NO_WEAK_MODULES=maybe': { NO_WEAK_MODULES: 'maybe' },
  'NO_WEAK_MODULES=yes': { NO_WEAK_MODULES: 'yes' },
  'BUILD_DEPENDS_REBUILD=perhaps': { BUILD_DEPENDS_REBUILD: 'perhaps' },
  'all at once': {
    PACKAGE_NAME: '',
    AUTOINSTALL: 'x',
    'DEST_MODULE_LOCATION[0]': 'x',
    'DEST_MODULE_NAME[1]': 'b.o',
  },
};

const deprecated: Record<string, Conf> = {
  CLEAN: { CLEAN: 'make clean' },
  'a harmless CLEAN': { CLEAN: 'true' },
  REMAKE_INITRD: { REMAKE_INITRD: 'yes' },
  MODULES_CONF: {
    'MODULES_CONF[0]': 'alias a b',
    'MODULES_CONF_OBSOLETES[0]': 'x',
    'MODULES_CONF_ALIAS_TYPE[0]': 'eth',
  },
  'OBSOLETE_BY before': { OBSOLETE_BY: '5.0' },
  'OBSOLETE_BY after': { OBSOLETE_BY: '99.0' },
  'OBSOLETE_BY and a later maximum': { OBSOLETE_BY: '5.0', BUILD_EXCLUSIVE_KERNEL_MAX: '99' },
  'OBSOLETE_BY and an earlier maximum': { OBSOLETE_BY: '99.0', BUILD_EXCLUSIVE_KERNEL_MAX: '5' },
};

export const confValidation: Scenario[] = [
  ...Object.entries(confs).map(([name, conf]) => ({
    name: `valid: ${name}`,
    files: source({ conf, objects: two }),
    steps: [
      'dkms add twin/1.0',
      'dkms install twin/1.0 -k {K}',
      'dkms autoinstall -k {R}',
      'dkms remove twin/1.0 --all',
    ],
  })),
  ...Object.entries(confs)
    .slice(0, 6)
    .map(([name, conf]) => ({
      name: `valid: ${name}, of what is installed`,
      files: { ...source(), ...source({ at: '/srv/bad', conf }) },
      steps: [
        'dkms install twin/1.0 -k {K}',
        'cp /srv/bad/dkms.conf /usr/src/twin-1.0',
        'dkms status 2>/dev/null',
        'dkms build twin/1.0 -k {R}',
        'dkms uninstall twin/1.0 -k {K}',
        'dkms remove twin/1.0 --all',
      ],
    })),
  ...Object.entries(deprecated).map(([name, conf]) => ({
    name: `deprecated: ${name}`,
    files: source({ conf }),
    steps: [
      'dkms add twin/1.0',
      'dkms install twin/1.0 -k {K}',
      'dkms install twin/1.0 -k {K} --force',
      'dkms remove twin/1.0 --all',
    ],
  })),
  ...['--no-initrd', '--no-clean-kernel', '--no-prepare-kernel'].map((option) => ({
    name: `deprecated: ${option}`,
    files: source(),
    steps: [`dkms install twin/1.0 -k {K} ${option}`],
  })),
];
