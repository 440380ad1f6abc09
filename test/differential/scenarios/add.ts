import { confText, script, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const elsewhere = source({
  at: '/srv/module',
  files: { 'patches/one.patch': 'none\n', 'sub/file': 'text\n' },
});
const add = 'dkms add /srv/module';

export const adding: Scenario[] = [
  { name: 'add: what is in the source tree', files: source(), steps: ['dkms add twin/1.0'] },
  { name: 'add: twice', files: source(), steps: ['dkms add twin/1.0', 'dkms add twin/1.0'] },
  { name: 'add: twice by force', files: source(), steps: ['dkms add twin/1.0', 'dkms add twin/1.0 --force'] },
  { name: 'add: no source', steps: ['dkms add twin/1.0'] },
  {
    name: 'add: source without dkms.conf',
    files: { '/usr/src/twin-1.0/': '' },
    steps: ['dkms add twin/1.0'],
  },
  { name: 'add: a folder', files: elsewhere, steps: [add, 'dkms status twin/1.0'] },
  { name: 'add: a folder with a slash', files: elsewhere, steps: ['dkms add /srv/module/'] },
  { name: 'add: a folder and its kernel', files: elsewhere, steps: ['dkms add /srv/module -k {K}'] },
  { name: 'add: the folder one is in', files: elsewhere, steps: ['cd /srv/module && dkms add .'] },
  { name: 'add: a folder below', files: elsewhere, steps: ['cd /srv && dkms add work'] },
  {
    name: 'add: a folder beside',
    files: elsewhere,
    steps: ['mkdir /srv/x; cd /srv/x && dkms add ../module'],
  },
  { name: 'add: a dkms.conf', files: elsewhere, steps: ['dkms add /srv/module/dkms.conf'] },
  { name: 'add: the dkms.conf one is at', files: elsewhere, steps: ['cd /srv/module && dkms add dkms.conf'] },
  {
    name: 'add: another conf',
    files: { '/srv/module/my-dkms.conf': 'x\n' },
    steps: ['dkms add /srv/module/my-dkms.conf'],
  },
  { name: 'add: a folder without conf', files: { '/srv/module/': '' }, steps: [add] },
  { name: 'add: a folder twice', files: elsewhere, steps: [add, add] },
  { name: 'add: a folder twice by force', files: elsewhere, steps: [add, `${add} --force`] },
  {
    name: 'add: a folder over another source',
    files: { ...elsewhere, ...source({ files: { 'left-over': 'here before\n' } }) },
    steps: [add],
  },
  {
    name: 'add: a folder over another source by force',
    files: { ...elsewhere, ...source({ files: { 'left-over': 'here before\n' } }) },
    steps: [`${add} --force`],
  },
  { name: 'add: the source folder itself', files: source(), steps: ['dkms add /usr/src/twin-1.0'] },
  {
    name: 'add: the source folder by a link',
    files: { ...source(), '/srv/link': { link: '/usr/src/twin-1.0' } },
    steps: ['dkms add /srv/link'],
  },
  {
    name: 'add: links, modes and empty folders',
    files: source({
      at: '/srv/module',
      files: {
        link: { link: 'Makefile' },
        dangling: { link: 'no' },
        'empty/': '',
        tool: script(),
        '.hidden': 'x\n',
      },
    }),
    steps: ['chmod 600 /srv/module/Makefile', 'chown 65534 /srv/module/.hidden', add],
  },
  {
    name: 'add: a bad conf in a folder',
    files: source({ at: '/srv/module', conf: { PACKAGE_VERSION: undefined } }),
    steps: [add],
  },
  {
    name: 'add: a duplicate in a folder',
    files: source({
      at: '/srv/module',
      objects: { twin: 'twin_1_0', same: 'twin_1_0' },
      conf: {
        'BUILT_MODULE_NAME[1]': 'twin',
        'DEST_MODULE_LOCATION[1]': '/extra',
      },
    }),
    steps: [add],
  },
  {
    name: 'add: a folder as an ordinary user',
    files: elsewhere,
    steps: ['setpriv --reuid 65534 --clear-groups dkms add /srv/module 2>/dev/null'],
  },
  {
    name: 'add: another conf by option',
    files: {
      '/usr/src/twin-1.0/Makefile': 'all:\n',
      '/srv/my.conf': confText({
        PACKAGE_NAME: 'twin',
        PACKAGE_VERSION: '1.0',
        'DEST_MODULE_LOCATION[0]': '/extra',
      }),
    },
    steps: ['dkms add twin/1.0 -c /srv/my.conf', 'dkms status -c /srv/my.conf'],
  },
  {
    name: 'add: a conf of another name and version',
    files: source({ conf: { PACKAGE_NAME: 'other', PACKAGE_VERSION: '9' } }),
    steps: ['dkms add twin/1.0', 'dkms build twin/1.0 -k {K}', 'dkms status other'],
  },
  {
    name: 'add: a broken module again',
    files: source(),
    steps: ['dkms add twin/1.0', 'rm /var/lib/dkms/twin/1.0/source', 'dkms add twin/1.0'],
  },
  {
    name: 'add: a module whose source is gone',
    files: source(),
    steps: [
      'dkms add twin/1.0',
      'mv /usr/src/twin-1.0 /srv/x',
      'dkms add twin/1.0',
      'dkms build twin/1.0 -k {K}',
      'dkms remove twin/1.0 --all',
      'mv /srv/x /usr/src/twin-1.0',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'add: a source that is a link',
    files: { ...source({ at: '/srv/module' }), '/usr/src/twin-1.0': { link: '/srv/module' } },
    steps: ['dkms add twin/1.0', 'dkms build twin/1.0 -k {K}'],
  },
  {
    name: 'add: several versions',
    files: { ...source(), ...source({ version: '2.0' }), ...source({ version: '10.0' }) },
    steps: [
      'dkms add twin/2.0',
      'dkms add twin/1.0',
      'dkms add twin/10.0',
      'dkms status twin',
      'dkms remove twin/2.0 --all',
    ],
  },
  {
    name: 'add: a version with a slash on the command line',
    files: source(),
    steps: ['dkms add twin/1.0/x', 'dkms add -m twin/x -v 1.0'],
  },
  {
    name: 'add: signs and dots in names',
    files: source({ name: 'my.mod+x', version: '1.0~rc1-2+b3', objects: { mymod: 'twin_1_0' } }),
    steps: ['dkms install my.mod+x/1.0~rc1-2+b3 -k {K}', 'dkms remove my.mod+x/1.0~rc1-2+b3 --all'],
  },
  ...[0, 3].map((exit) => ({
    name: `add: POST_ADD that ends with ${exit}`,
    files: source({ conf: { POST_ADD: 'after.sh a  b' }, files: { 'after.sh': script(exit) } }),
    steps: ['dkms add twin/1.0', 'dkms remove twin/1.0 --all', 'dkms build twin/1.0 -k {K}'],
  })),
];
