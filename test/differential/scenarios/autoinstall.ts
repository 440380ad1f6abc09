import { confText, kernel, source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const auto = 'dkms autoinstall -k {K}';
const names = ['alpha', 'beta', 'gamma'] as const;

/** Three modules, with these directives each. */
function modules(...confs: Readonly<Record<string, string | undefined>>[]): Files {
  const sources = names.map((name, index) => source({ name, conf: confs[index] ?? {} }));
  return Object.assign({}, ...sources);
}

const addAll = names.map((name) => `dkms add ${name}/1.0`).join('; ');
const onFirst = (...needs: string[]) =>
  Object.fromEntries(needs.map((need, index) => [`BUILD_DEPENDS[${index}]`, need]));
const versions = { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) };

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
