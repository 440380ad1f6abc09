import { source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';

const install = 'dkms install twin/1.0 -k {K}';
const framework = (text: string, name = 'framework.conf.d/50-test.conf'): Files => ({
  [`/etc/dkms/${name}`]: text,
});
const life = [
  'dkms add twin/1.0',
  install,
  'dkms status',
  'dkms uninstall twin/1.0 -k {K}',
  'dkms remove twin/1.0 --all',
];

const texts: Record<string, string> = {
  'the tree': 'dkms_tree=/srv/tree\n',
  'the tree, with a slash': 'dkms_tree=/srv/tree/\n',
  'the source tree': 'source_tree="/srv/src"\n',
  'the install tree': 'install_tree=/srv/modules\n',
  'temporary files': 'tmp_location=/srv/tree\n',
  'links for modules': 'symlink_modules=1\n',
  'links for modules, said no': 'symlink_modules="no"\n',
  'no links': 'symlink_modules=""\n',
  jobs: 'parallel_jobs=5\n',
  'no jobs': 'parallel_jobs=0\n',
  'jobs that are none': 'parallel_jobs=many\n',
  'more xz': 'compress_xz_opts="--check=crc32 --lzma2=dict=1MiB -9e"\n',
  'bad xz': 'compress_xz_opts="--no-such-option"\n',
  verbose: 'verbose=1\n',
  'what loads': 'modprobe_on_install=true\n',
  'all kernels': 'autoinstall_all_kernels=1\n',
  'what is run after': 'post_transaction="/opt/twins/bin/note after $kernelver"\n',
  'what is run after, in single quotes': "post_transaction='/opt/twins/bin/note after $kernelver $module'\n",
  'what is run after, with quotes': `post_transaction="/opt/twins/bin/note 'a b' c"\n`,
  'what is run after, and fails': 'post_transaction="/opt/twins/bin/note after; false"\n',
  'a function': 'f() { false; }\nparallel_jobs=$(echo 4)\n',
  'a directive of modules': 'MAKE[0]=false\nPOST_ADD=x\nAUTOINSTALL=no\n',
  'a syntax error': 'parallel_jobs=4\nif\n',
  'its own end': 'parallel_jobs=4\nexit 3\n',
  'DOS line ends': 'parallel_jobs=4\r\nsymlink_modules=1\r\n',
  'an export': 'export OF_FRAMEWORK=1\n',
  'a function of dkms': 'die() { true; }\nset_module_suffix() { false; }\n',
};

const elsewhere = source({ at: '/srv/src/twin-1.0' });

export const frameworks: Scenario[] = [
  ...Object.entries(texts).map(([name, text]) => ({
    name: `framework: ${name}`,
    files: {
      ...source(),
      ...elsewhere,
      '/srv/tree/': '',
      '/srv/modules/{K}/build': { link: '/lib/modules/{K}/build' },
      ...framework(text),
    },
    steps: [...life, 'find /srv/tree /srv/modules -mindepth 1 | sort | grep -q twin'],
  })),
  {
    name: 'framework: the first file',
    files: { ...source(), ...framework('parallel_jobs=6\n', 'framework.conf') },
    steps: [install],
  },
  {
    name: 'framework: two files',
    files: {
      ...source(),
      ...framework('parallel_jobs=6\n', 'framework.conf.d/a.conf'),
      ...framework('parallel_jobs=7\n', 'framework.conf.d/b.conf'),
    },
    steps: [install],
  },
  {
    name: 'framework: a file that does not count',
    files: { ...source(), ...framework('parallel_jobs=6\n', 'framework.conf.d/a.cfg') },
    steps: [install],
  },
  {
    name: 'framework: options win',
    files: { ...source(), ...framework('parallel_jobs=6\ndkms_tree=/no\nsource_tree=/no\n') },
    steps: [`${install} -j 3 --dkmstree /var/lib/dkms --sourcetree=/usr/src`],
  },
  {
    name: 'framework: what is run after each action',
    files: { ...source(), ...framework('post_transaction="/opt/twins/bin/note after"\n') },
    steps: [
      'dkms add twin/1.0',
      'dkms build twin/1.0 -k {K}',
      install,
      install,
      'dkms mktarball twin/1.0 --all',
      'dkms uninstall twin/1.0 -k {K}',
      'dkms unbuild twin/1.0 -k {K}',
      'dkms unbuild twin/1.0 -k {K}',
      'dkms match --templatekernel {R} -k {K}',
      'dkms status',
      'dkms remove twin/1.0 --all',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'framework: what is run after a failure',
    files: {
      ...source({ conf: { 'MAKE[0]': 'false' } }),
      ...framework('post_transaction="/opt/twins/bin/note after"\n'),
    },
    steps: [install],
  },
  {
    name: 'framework: what is run after autoinstall',
    files: { ...source(), ...framework('post_transaction="/opt/twins/bin/note after"\n') },
    steps: [
      'dkms add twin/1.0',
      'dkms autoinstall -k {K}',
      'dkms autoinstall -k {K}',
      'dkms kernel_prerm -k {K}',
    ],
  },
  {
    name: 'framework: the environment says so too',
    files: source(),
    env: {
      symlink_modules: '1',
      verbose: '1',
      parallel_jobs: '9',
      post_transaction: '/opt/twins/bin/note env',
    },
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'framework: the build environment',
    files: {
      ...source(),
      ...framework('build_environment=/srv/env\n'),
      '/srv/env': 'export FROM_FILE=$kernelver\nCC=none\n',
    },
    steps: [install],
  },
];

const options: Record<string, string> = {
  '--dkmstree': '--dkmstree /srv/tree',
  '--dkmstree with a sign': '--dkmstree=/srv/tree',
  '--sourcetree': '--sourcetree /srv/src',
  '--installtree': '--installtree /srv/modules',
  'all trees': '--dkmstree /srv/tree --sourcetree /srv/src --installtree /srv/modules',
};

export const trees: Scenario[] = [
  ...Object.entries(options).map(([name, option]) => ({
    name: `trees: ${name}`,
    files: {
      ...elsewhere,
      ...source(),
      '/srv/tree/': '',
      '/srv/modules/{K}/build': { link: '/lib/modules/{K}/build' },
    },
    steps: [
      ...life.map((line) => `${line} ${option}`),
      `dkms install twin/1.0 -k {K} ${option}; find /srv/tree /srv/modules -name '*.ko*' -printf '%p\\n' | sort | xargs -r /opt/twins/bin/note found`,
    ],
  })),
  {
    name: 'trees: a tree that is not there',
    files: source(),
    steps: [
      'dkms add twin/1.0 --dkmstree /no/such',
      'dkms status --dkmstree /no/such',
      'dkms add twin/1.0 --sourcetree /no/such',
      'dkms add twin/1.0; dkms install twin/1.0 -k {K} --installtree /no/such',
    ],
  },
  {
    name: 'trees: TMPDIR',
    files: { ...source(), '/srv/tmp/': '' },
    env: { TMPDIR: '/srv/tmp' },
    steps: [install, 'dkms mktarball twin/1.0 --all', 'ls -A /srv/tmp | grep -q .'],
  },
  {
    name: 'trees: a bad TMPDIR',
    files: source(),
    env: { TMPDIR: '/no/such' },
    steps: ['dkms status 2>/dev/null', 'dkms add twin/1.0 2>/dev/null'],
  },
  {
    name: 'trees: headers elsewhere',
    files: source(),
    steps: [
      'rm /lib/modules/{K}/build',
      `${install} --kernelsourcedir /usr/src/linux-headers-{K}`,
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
];

const sign = (text: string): Files => ({ ...source(), ...framework(text) });

export const signing: Scenario[] = [
  { name: 'signing: the usual', files: source(), steps: [install] },
  {
    name: 'signing: in what looks like a chroot',
    files: source(),
    steps: [`unshare --mount --propagation private ${install}`],
  },
  {
    name: 'signing: FAKECHROOT',
    files: source(),
    env: { FAKECHROOT: 'true', FAKECHROOT_BASE: '/', LD_PRELOAD: 'libfakechroot.so' },
    steps: [`${install} 2>/dev/null`],
  },
  {
    name: 'signing: keys are made',
    files: source(),
    steps: [
      'rm /var/lib/dkms/mok.*',
      'dkms generate_mok',
      'rm /var/lib/dkms/mok.pub',
      'dkms generate_mok',
      'dkms generate_mok',
    ],
  },
  {
    name: 'signing: no openssl',
    files: source(),
    steps: ['rm /var/lib/dkms/mok.* /usr/bin/openssl', install, 'dkms generate_mok'],
  },
  {
    name: 'signing: keys elsewhere',
    files: sign('mok_signing_key=/srv/$kernelver.key\nmok_certificate=/srv/$kernelver.pub\n'),
    steps: [
      'cp /var/lib/dkms/mok.key /srv/{K}.key; cp /var/lib/dkms/mok.pub /srv/{K}.pub; rm /var/lib/dkms/mok.*',
      install,
    ],
  },
  {
    name: 'signing: a key that is none',
    files: source(),
    steps: ['echo none > /var/lib/dkms/mok.key', install],
  },
  {
    name: 'signing: a program of the admin',
    files: { ...sign('sign_file=/srv/$kernelver-sign\n') },
    steps: ['ln -s /opt/twins/bin/note /srv/{K}-sign', install],
  },
  { name: 'signing: a program that is not there', files: sign('sign_file=/no/such\n'), steps: [install] },
  { name: 'signing: a program that fails', files: sign('sign_file=/usr/bin/false\n'), steps: [install] },
  {
    name: 'signing: no signing in the kernel',
    files: { ...source(), '/srv/config': 'CONFIG_MODULES=y\n' },
    steps: [`${install} --config /srv/config`],
  },
  {
    name: 'signing: another hash',
    files: { ...sign('sign_file=/opt/twins/bin/note\n'), '/srv/config': 'CONFIG_MODULE_SIG_HASH="sha512"\n' },
    steps: [`${install} --config /srv/config`],
  },
  { name: 'signing: two kernels', files: source(), steps: ['dkms install twin/1.0 -k {K} -k {R}'] },
  {
    name: 'signing: forbidden',
    files: sign('try_sign_modules=false\n'),
    steps: [install],
  },
  {
    name: 'signing: wanted in a chroot',
    files: sign('try_sign_modules=true\n'),
    steps: [`unshare --mount --propagation private ${install}`],
  },
];

export const rpm: Scenario[] = [
  {
    name: 'rpm: a safe upgrade',
    files: source(),
    steps: [
      "sh -c 'dkms add twin/1.0 --rpm_safe_upgrade; dkms remove twin/1.0 --all --rpm_safe_upgrade; true'",
      'dkms status',
      'ls /tmp',
    ],
  },
  {
    name: 'rpm: remove without an add',
    files: source(),
    steps: ['dkms add twin/1.0', "sh -c 'dkms remove twin/1.0 --all --rpm_safe_upgrade; true'"],
  },
  { name: 'rpm: install means force', files: source(), steps: [install, `${install} --rpm_safe_upgrade`] },
  {
    name: 'rpm: a file that is none',
    steps: ['touch /srv/x.rpm', 'dkms ldtarball /srv/x.rpm', 'dkms install /srv/x.rpm -k {K}'],
  },
];
