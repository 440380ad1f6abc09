import { confText, source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';
import { addAll, auto, modules, names, onFirst, versions } from './three-modules.ts';

/** What modules need of each other, and what is then done. */
const orders: Record<string, Files> = {
  'none needs another': modules(),
  'the first needs the second': modules(onFirst('beta')),
  'a chain': modules(onFirst('beta'), onFirst('gamma')),
  'a chain in order': modules({}, onFirst('alpha'), onFirst('beta')),
  'all need the last': modules(onFirst('gamma'), onFirst('gamma')),
  'one needs two': modules(onFirst('beta', 'gamma')),
  'a circle': modules(onFirst('beta'), onFirst('alpha')),
  'one needs itself': modules(onFirst('alpha')),
  'two names in one element': modules(onFirst('beta gamma')),
  'a failing one is needed': modules(onFirst('beta'), { 'MAKE[0]': 'false' }),
  'a skipped one is needed': modules(onFirst('beta'), { BUILD_EXCLUSIVE_KERNEL: 'none' }),
  'one that is not autoinstalled is needed': modules(onFirst('beta'), { AUTOINSTALL: undefined }),
  'the first fails': modules({ 'MAKE[0]': 'false' }),
  'the last fails': modules({}, {}, { 'MAKE[0]': 'exit 3' }),
  'all fail': modules({ 'MAKE[0]': 'false' }, { 'MAKE[0]': 'false' }, { 'MAKE[0]': 'false' }),
  'all are skipped': modules(...names.map(() => ({ BUILD_EXCLUSIVE_ARCH: 'none' }))),
  'one is skipped': modules({}, { BUILD_EXCLUSIVE_ARCH: 'none' }),
  'none wants to': modules(...names.map(() => ({ AUTOINSTALL: 'no' }))),
  'AUTOINSTALL in all spellings': modules({ AUTOINSTALL: 'YES' }, { AUTOINSTALL: 'No' }, { AUTOINSTALL: '' }),
  'MAKE_MATCH of one is not for the next': modules(
    { 'MAKE[0]': 'make fast LEAKS=1', 'MAKE_MATCH[0]': '^6' },
    { 'MAKE_MATCH[0]': '^5' },
  ),
};

export const autoinstalling: Scenario[] = [
  ...Object.entries(orders).map(([name, files]) => ({
    name: `autoinstall: ${name}`,
    files,
    steps: [addAll, auto, auto],
  })),
  {
    name: 'autoinstall: a need that dkms does not know',
    files: modules(onFirst('stranger')),
    steps: [addAll, auto],
  },
  { name: 'autoinstall: nothing is there', steps: [auto, `${auto} -q`] },
  {
    name: 'autoinstall: forbidden',
    files: { ...modules(), '/etc/dkms/no-autoinstall': '' },
    steps: [addAll, auto, 'dkms kernel_postinst -k {K}'],
  },
  {
    name: 'autoinstall: some are built, some installed',
    files: modules(),
    steps: [addAll, 'dkms build alpha/1.0 -k {K}; dkms install beta/1.0 -k {K}', auto],
  },
  { name: 'autoinstall: by force', files: modules(), steps: [addAll, auto, `${auto} --force`] },
  { name: 'autoinstall: another arch', files: modules(), steps: [addAll, `${auto} -a other`, auto] },
  {
    name: 'autoinstall: two kernels one after the other',
    files: modules(),
    steps: [addAll, auto, 'dkms autoinstall -k {R}'],
  },
  {
    name: 'autoinstall: no headers',
    files: { ...modules(), '/lib/modules/9.9-bare/kernel/': '' },
    steps: [addAll, 'dkms autoinstall -k 9.9-bare', 'dkms kernel_postinst -k 9.9-bare'],
  },
  {
    name: 'autoinstall: no headers and nothing to do',
    files: { '/lib/modules/9.9-bare/kernel/': '' },
    steps: ['dkms autoinstall -k 9.9-bare'],
  },
  {
    name: 'autoinstall: no headers but all is installed',
    files: modules(),
    steps: [addAll, auto, 'rm /lib/modules/{K}/build', auto],
  },
  {
    name: 'autoinstall: no headers but all is built',
    files: modules(),
    steps: [
      addAll,
      names.map((name) => `dkms build ${name}/1.0 -k {K}`).join('; '),
      'rm /lib/modules/{K}/build',
      auto,
    ],
  },
  { name: 'autoinstall: no such kernel', files: modules(), steps: [addAll, 'dkms autoinstall -k 1.2-none'] },
  {
    name: 'autoinstall: the newest of two versions',
    files: versions,
    steps: ['dkms add twin/1.0; dkms add twin/2.0', auto],
  },
  {
    name: 'autoinstall: an older version is installed',
    files: versions,
    steps: ['dkms install twin/1.0 -k {K}; dkms add twin/2.0', auto],
  },
  {
    name: 'autoinstall: the newest does not build',
    files: { ...source(), ...source({ version: '2.0', conf: { 'MAKE[0]': 'false' } }) },
    steps: ['dkms install twin/1.0 -k {K}; dkms add twin/2.0', auto],
  },
  {
    name: 'autoinstall: the newest wants no such thing',
    files: { ...source(), ...source({ version: '2.0', conf: { AUTOINSTALL: 'no' } }) },
    steps: ['dkms add twin/1.0; dkms add twin/2.0', auto],
  },
  {
    name: 'autoinstall: ten is more than nine',
    files: { ...source({ version: '9.0' }), ...source({ version: '10.0' }) },
    steps: ['dkms add twin/9.0; dkms add twin/10.0', auto],
  },
  {
    name: 'autoinstall: a broken module',
    files: modules(),
    steps: [addAll, 'rm -r /usr/src/beta-1.0', auto],
  },
  {
    name: 'autoinstall: a bad conf',
    files: modules(),
    steps: [addAll, "sed -i '/PACKAGE_NAME/d' /usr/src/beta-1.0/dkms.conf", auto],
  },
  {
    name: 'autoinstall: no conf',
    files: modules(),
    steps: [addAll, 'rm /usr/src/beta-1.0/dkms.conf', auto],
  },
  {
    name: 'autoinstall: AUTOINSTALL of an override',
    files: { ...modules(), '/etc/dkms/alpha.conf': 'AUTOINSTALL=no\n' },
    steps: [addAll, auto],
  },
  {
    name: 'autoinstall: AUTOINSTALL by override',
    files: { ...modules({ AUTOINSTALL: undefined }), '/etc/dkms/alpha.conf': 'AUTOINSTALL=yes\n' },
    steps: [addAll, auto],
  },
  {
    name: 'autoinstall: a need by override',
    files: { ...modules(), '/etc/dkms/alpha.conf': confText({ 'BUILD_DEPENDS[0]': 'gamma' }) },
    steps: [addAll, auto],
  },
  { name: 'autoinstall: no depmod', files: modules(), steps: [addAll, `${auto} --no-depmod`] },
  {
    name: 'build: a need that is not met',
    files: modules(onFirst('beta')),
    steps: [
      'dkms build alpha/1.0 -k {K}',
      'dkms install alpha/1.0 -k {K}',
      'dkms build alpha/1.0 -k {K} --force',
    ],
  },
  {
    name: 'build: a need that is built only',
    files: modules(onFirst('beta')),
    steps: [
      'dkms build beta/1.0 -k {K}',
      'dkms build alpha/1.0 -k {K}',
      'dkms install beta/1.0 -k {K}',
      'dkms build alpha/1.0 -k {K}',
    ],
  },
  {
    name: 'build: a need of another kernel',
    files: modules(onFirst('beta')),
    steps: ['dkms install beta/1.0 -k {R}', 'dkms build alpha/1.0 -k {K}'],
  },
  {
    name: 'build: two names in one need',
    files: modules(onFirst('beta gamma')),
    steps: ['dkms install beta/1.0 -k {K}; dkms install gamma/1.0 -k {K}', 'dkms build alpha/1.0 -k {K}'],
  },
];
