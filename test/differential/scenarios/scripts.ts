import { script, source } from '../fixtures.ts';
import type { FileSpec, Scenario } from '../scenario.ts';

const kinds = ['POST_ADD', 'PRE_BUILD', 'POST_BUILD', 'PRE_INSTALL', 'POST_INSTALL', 'POST_REMOVE'];
const all = Object.fromEntries(kinds.map((kind) => [kind, `${kind.toLowerCase()}.sh`]));
const files = (exits: Readonly<Record<string, number>> = {}): Record<string, FileSpec> =>
  Object.fromEntries(kinds.map((kind) => [`${kind.toLowerCase()}.sh`, script(exits[kind])]));

const life = [
  'dkms add twin/1.0',
  'dkms build twin/1.0 -k {K}',
  'dkms install twin/1.0 -k {K}',
  'dkms uninstall twin/1.0 -k {K}',
  'dkms remove twin/1.0 --all',
];
const install = 'dkms install twin/1.0 -k {K}';

const values: Record<string, string> = {
  arguments: 'run.sh a b',
  'blanks between arguments': 'run.sh  a    b',
  'single quotes': "run.sh 'a b' c",
  'the kernel': 'run.sh $kernelver $arch',
  'a folder': 'sub/run.sh',
  'a folder here': './sub/run.sh a',
  'a star': 'run.sh *.sh',
  'a semicolon': 'run.sh; true',
  'a redirection': 'run.sh >/tmp/x',
  'a blank before': ' run.sh',
  'a missing one': 'none.sh',
  'one that may not be run': 'plain.sh',
  'a folder as script': 'sub',
  'an absolute path': '/usr/bin/true',
  'from above': '../twin-1.0/run.sh',
  'a program': 'true',
};

const extra = { 'run.sh': script(), 'sub/run.sh': script(), 'plain.sh': '#!/bin/sh\nexit 9\n' };

export const scripts: Scenario[] = [
  { name: 'scripts: a whole life', files: source({ conf: all, files: files() }), steps: life },
  {
    name: 'scripts: at once',
    files: source({ conf: all, files: files() }),
    steps: [install, `${install} --force`, 'dkms unbuild twin/1.0 -k {K}', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'scripts: autoinstall and the hooks',
    files: source({ conf: all, files: files() }),
    steps: [
      'dkms add twin/1.0',
      'dkms autoinstall -k {K}',
      'dkms kernel_prerm -k {K}',
      'dkms kernel_postinst -k {K}',
    ],
  },
  {
    name: 'scripts: kernel_preinst',
    files: source({ conf: all, files: files() }),
    steps: [
      'dkms add twin/1.0',
      'dkms autoinstall -k {K}',
      'dkms kernel_preinst -k {K}',
      'dkms autoinstall -k {K}',
    ],
  },
  {
    name: 'scripts: match',
    files: source({ conf: all, files: files() }),
    steps: [install, 'dkms match --templatekernel {K} -k {R}'],
  },
  {
    name: 'scripts: two kernels',
    files: source({ conf: all, files: files() }),
    steps: ['dkms install twin/1.0 -k {K} -k {R}', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'scripts: two versions',
    files: {
      ...source({ conf: all, files: files() }),
      ...source({ version: '2.0', objects: { twin: 'twin_2_0' }, conf: all, files: files() }),
    },
    steps: [
      install,
      'dkms install twin/2.0 -k {K}',
      'dkms remove twin/2.0 --all',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'scripts: from tarballs',
    files: source({ conf: all, files: files() }),
    steps: [
      'dkms build twin/1.0 -k {K}',
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      'dkms remove twin/1.0 --all',
      'dkms ldtarball /srv/t.tar.gz',
      install,
    ],
  },
  {
    name: 'scripts: from a folder',
    files: source({ at: '/srv/x', conf: all, files: files() }),
    steps: ['dkms add /srv/x'],
  },
  {
    name: 'scripts: the environment goes on',
    files: source({ conf: all, files: files() }),
    env: { GOES: 'on', CC: 'off' },
    steps: life,
  },
  {
    name: 'scripts: directives are exported',
    files: source({ conf: all, files: files() }),
    steps: [
      'dkms add twin/1.0',
      `${install} --directive MINE=1 --directive AUTOINSTALL=no`,
      'dkms remove twin/1.0 --all --directive MINE=2',
    ],
  },
  ...kinds.flatMap((kind) => [
    {
      name: `scripts: ${kind} fails`,
      files: source({ conf: all, files: files({ [kind]: 7 }) }),
      steps: [...life, install],
    },
    {
      name: `scripts: ${kind} fails, by force`,
      files: source({ conf: all, files: files({ [kind]: 7 }) }),
      steps: ['dkms build twin/1.0 -k {K} --force', `${install} --force`, `${install} --force`],
    },
    {
      name: `scripts: ${kind} fails in autoinstall`,
      files: source({ conf: all, files: files({ [kind]: 9 }) }),
      steps: ['dkms add twin/1.0', 'dkms autoinstall -k {K}', 'dkms autoinstall -k {K}'],
    },
  ]),
  ...['PRE_BUILD', 'PRE_INSTALL'].flatMap((kind) =>
    Object.entries(values).map(([name, value]) => ({
      name: `scripts: ${kind} with ${name}`,
      files: source({ conf: { [kind]: value }, files: extra }),
      steps: [install],
    })),
  ),
  {
    name: 'scripts: of the admin',
    files: {
      ...source({ conf: all, files: files() }),
      '/etc/dkms/twin/post_install.sh': script(),
      '/etc/dkms/twin/pre_build.sh': script(),
      '/etc/dkms/twin/post_remove.sh': 'not executable\n',
    },
    steps: life,
  },
  {
    name: 'scripts: that change the source',
    files: source({
      conf: { PRE_BUILD: 'pre.sh' },
      files: { 'pre.sh': { content: '#!/bin/sh\nsed -i s/fast:/slow:/ Makefile\n', mode: 0o755 } },
    }),
    steps: [
      'dkms build twin/1.0 -k {K}',
      'sed -i s/fast/slow/ /usr/src/twin-1.0/dkms.conf',
      'dkms build twin/1.0 -k {K}',
    ],
  },
  {
    name: 'scripts: that remove the build folder',
    files: source({
      conf: { POST_BUILD: 'post.sh' },
      files: { 'post.sh': { content: '#!/bin/sh\nrm -r "$PWD"\n', mode: 0o755 } },
    }),
    steps: ['dkms build twin/1.0 -k {K}'],
  },
];
