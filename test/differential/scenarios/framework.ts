import { source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';
import { framework, install, life } from './framework-files.ts';

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
    steps: [...life, 'find /srv/tree /srv/modules -mindepth 1 ! -path "*/.kmodsmith*" | grep -q twin'],
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
