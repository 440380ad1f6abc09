import { source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const both = 'dkms build twin/1.0 -k {K} -k {R}';
const forget = 'dkms remove twin/1.0 --all; rm -r /usr/src/twin-1.0';
const files = source({ files: { 'sub/one': 'text\n', link: { link: 'sub/one' } } });

/** How a tarball is made, of what; `$T` is where it is then. */
const kinds: Record<string, string> = {
  'all kernels': '--all',
  'one kernel': '-k {K}',
  'two kernels': '-k {K} -k {R}',
  'two in the other order': '-k {R} -k {K}',
  'source only': '-k {K} --source-only',
  'source only of all': '--all --source-only',
  'binaries only': '-k {K} --binaries-only',
  'binaries of all': '--all --binaries-only',
  'another arch': '-k {K}/other',
};

const archives = [
  'plain.tar.gz',
  '/srv/here.tar.gz',
  '/srv/here.tar.xz',
  '/srv/here.tar',
  '/srv/here.dkms.tar.gz',
  '/no/folder/x.tar.gz',
  'sub/x.tar.gz',
];

const reading: [string, string, string][] = [
  ['ours is read by dkms', 'dkms', 'oracle-dkms'],
  ["dkms's is read by ours", 'oracle-dkms', 'dkms'],
  ['ours is read by ours', 'dkms', 'dkms'],
];

const plain =
  'mkdir -p /srv/p; cp -a /usr/src/twin-1.0 /srv/p/any; tar -C /srv/p -czf /srv/plain.tar.gz any; rm -r /usr/src/twin-1.0';

export const tarballs: Scenario[] = [
  ...Object.entries(kinds).map(([name, options]) => ({
    name: `mktarball: ${name}`,
    files,
    steps: [both, `dkms mktarball twin/1.0 ${options}`],
  })),
  ...archives.map((archive) => ({
    name: `mktarball: into ${archive}`,
    files,
    steps: [
      both,
      `dkms mktarball twin/1.0 -k {K} --archive ${archive}`,
      `test -e ${archive} && tar -tf ${archive} >/dev/null`,
    ],
  })),
  {
    name: 'mktarball: nothing is built',
    files,
    steps: [
      'dkms add twin/1.0',
      'dkms mktarball twin/1.0 -k {K}',
      'dkms mktarball twin/1.0 --all',
      'dkms mktarball twin/1.0 --source-only -k {K}',
    ],
  },
  {
    name: 'mktarball: one of two is built',
    files,
    steps: ['dkms build twin/1.0 -k {K}', 'dkms mktarball twin/1.0 -k {K} -k {R}'],
  },
  { name: 'mktarball: not added', files, steps: ['dkms mktarball twin/1.0 -k {K}'] },
  {
    name: 'mktarball: broken',
    files,
    steps: [both, 'rm -r /usr/src/twin-1.0', 'dkms mktarball twin/1.0 --all'],
  },
  {
    name: 'mktarball: twice',
    files,
    steps: [both, 'dkms mktarball twin/1.0 --all', 'dkms mktarball twin/1.0 --all'],
  },
  ...reading.flatMap(([name, writer, reader]) =>
    Object.entries(kinds)
      .filter(([kind]) => !kind.includes('arch'))
      .map(([kind, options]) => ({
        name: `ldtarball: ${name}, ${kind}`,
        files,
        steps: [
          both,
          `${writer} mktarball twin/1.0 ${options} --archive /srv/t.tar.gz`,
          forget,
          `${reader} ldtarball /srv/t.tar.gz`,
          'dkms install twin/1.0 -k {K}',
          'dkms remove twin/1.0 --all',
        ],
      })),
  ),
  {
    name: 'ldtarball: by option',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      forget,
      'dkms ldtarball --archive /srv/t.tar.gz',
    ],
  },
  {
    name: 'ldtarball: by option with a sign',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive=/srv/t.tar.gz',
      forget,
      'dkms ldtarball --archive=/srv/t.tar.gz',
    ],
  },
  {
    name: 'ldtarball: what is there already',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      'dkms ldtarball /srv/t.tar.gz',
      'dkms ldtarball /srv/t.tar.gz --force',
    ],
  },
  {
    name: 'ldtarball: the source is there already',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      'dkms remove twin/1.0 --all',
      'echo new > /usr/src/twin-1.0/sub/one; echo more > /usr/src/twin-1.0/more',
      'dkms ldtarball /srv/t.tar.gz',
    ],
  },
  {
    name: 'ldtarball: the source is there already, by force',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      'dkms remove twin/1.0 --all',
      'echo new > /usr/src/twin-1.0/sub/one; echo more > /usr/src/twin-1.0/more',
      'dkms ldtarball /srv/t.tar.gz --force',
    ],
  },
  {
    name: 'ldtarball: binaries and the source is there',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --binaries-only --archive /srv/t.tar.gz',
      'dkms remove twin/1.0 --all',
      'dkms ldtarball /srv/t.tar.gz',
      'dkms install twin/1.0 -k {R}',
    ],
  },
  {
    name: 'ldtarball: over one kernel more',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      'dkms unbuild twin/1.0 -k {K}',
      'dkms ldtarball /srv/t.tar.gz',
    ],
  },
  {
    name: 'ldtarball: a plain source',
    files,
    steps: [plain, 'dkms ldtarball /srv/plain.tar.gz', 'dkms build twin/1.0 -k {K}'],
  },
  {
    name: 'ldtarball: a plain source twice',
    files,
    steps: [
      plain,
      'dkms ldtarball /srv/plain.tar.gz',
      'dkms ldtarball /srv/plain.tar.gz',
      'dkms ldtarball /srv/plain.tar.gz --force',
    ],
  },
  {
    name: 'ldtarball: no dkms.conf in it',
    steps: [
      'mkdir /srv/e; tar -C /srv -czf /srv/e.tar.gz e',
      'dkms ldtarball /srv/e.tar.gz',
      'dkms add /srv/e.tar.gz',
    ],
  },
  { name: 'ldtarball: no tarball', steps: ['echo x > /srv/x.tar.gz', 'dkms ldtarball /srv/x.tar.gz'] },
  {
    name: 'ldtarball: a tree and no conf',
    steps: [
      'mkdir -p /srv/e/dkms_main_tree; tar -C /srv/e -czf /srv/e.tar.gz .',
      'dkms ldtarball /srv/e.tar.gz',
    ],
  },
  {
    name: 'add: a tarball of dkms',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      forget,
      'dkms add /srv/t.tar.gz',
      'dkms add /srv/t.tar.gz',
    ],
  },
  { name: 'add: a plain tarball', files, steps: [plain, 'dkms add /srv/plain.tar.gz'] },
  { name: 'build: a plain tarball', files, steps: [plain, 'dkms build /srv/plain.tar.gz -k {K}'] },
  {
    name: 'install: a tarball of dkms',
    files,
    steps: [
      both,
      'dkms mktarball twin/1.0 --all --archive /srv/t.tar.gz',
      forget,
      'dkms install /srv/t.tar.gz -k {K}',
    ],
  },
];
