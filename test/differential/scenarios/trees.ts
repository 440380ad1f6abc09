import { source } from '../fixtures.ts';
import type { Files, Scenario } from '../scenario.ts';
import { framework, install, life } from './framework-files.ts';

const elsewhere = source({ at: '/srv/src/twin-1.0' });
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
