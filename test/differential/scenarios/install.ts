import { compressedKernel, kernel, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const build = 'dkms build twin/1.0 -k {K}';
const install = 'dkms install twin/1.0 -k {K}';
const two = { twin: 'twin_1_0', second: 'twin_2_0' };
const secondConf = { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra' };

const dummy = '/lib/modules/9.9-fake/kernel/drivers/net/dummy.ko';

export const installing: Scenario[] = [
  { name: 'install: all at once', files: source(), steps: [install, install] },
  {
    name: 'install: step by step',
    files: source(),
    steps: ['dkms add twin/1.0', build, install, 'dkms status'],
  },
  { name: 'install: by force', files: source(), steps: [install, `${install} --force`] },
  {
    name: 'install: two objects',
    files: source({ objects: two, conf: secondConf }),
    steps: [install, 'dkms uninstall twin/1.0 -k {K}'],
  },
  { name: 'install: no such module', steps: ['dkms install none/1 -k {K}'] },
  {
    name: 'install: a folder',
    files: source({ at: '/srv/x' }),
    steps: ['dkms install /srv/x -k {K}', 'dkms install /srv/x -k {K}'],
  },
  {
    name: 'install: an incomplete build',
    files: source({ objects: two, conf: secondConf }),
    steps: [build, 'rm /var/lib/dkms/twin/1.0/{K}/x86_64/module/second.ko.xz', 'dkms status', install],
  },
  {
    name: 'install: an incomplete one again',
    files: source(),
    steps: [
      install,
      'rm /lib/modules/{K}/updates/dkms/twin.ko.xz',
      'dkms status',
      install,
      `${install} --force`,
    ],
  },
  {
    name: 'install: changed behind its back',
    files: source(),
    steps: [
      install,
      'cp /opt/twins/modules/{K}/twin_2_0.ko /tmp/t.ko; xz -c /tmp/t.ko > /lib/modules/{K}/updates/dkms/twin.ko.xz; rm /tmp/t.ko',
      'dkms status',
      'dkms uninstall twin/1.0 -k {K}',
    ],
  },
  {
    name: 'install: another version takes over',
    files: { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) },
    steps: [
      install,
      'dkms install twin/2.0 -k {K}',
      'dkms status',
      'dkms uninstall twin/2.0 -k {K}',
      'dkms remove twin/1.0 --all',
      'dkms remove twin/2.0 --all',
    ],
  },
  {
    name: 'install: an older version over a newer',
    files: { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) },
    steps: ['dkms install twin/2.0 -k {K}', install, `${install} --force`, 'dkms remove twin/2.0 --all'],
  },
  {
    name: 'install: the inactive version goes',
    files: { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) },
    steps: [
      install,
      'dkms install twin/2.0 -k {K}',
      'dkms uninstall twin/1.0 -k {K}',
      'dkms unbuild twin/1.0 -k {K}',
      'dkms remove twin/1.0 -k {K}',
    ],
  },
  {
    name: 'install: no depmod',
    files: source(),
    steps: [`${install} --no-depmod`, 'dkms uninstall twin/1.0 -k {K} --no-depmod'],
  },
  {
    name: 'install: no index',
    files: source(),
    steps: ['rm /lib/modules/{K}/modules.*', install, 'dkms uninstall twin/1.0 -k {K}'],
  },
  {
    name: 'install: no modules folder',
    files: source(),
    steps: [
      'rm -r /lib/modules/{K}',
      `dkms install twin/1.0 -k {K} --kernelsourcedir /usr/src/linux-headers-{K}`,
    ],
  },
  { name: 'install: load what is there', files: source(), steps: [`${install} --modprobe-on-install`] },
  {
    name: 'install: load what is there on the running kernel',
    files: { ...source(), ...kernel('{U}') },
    steps: ['dkms install twin/1.0 --modprobe-on-install 2>/dev/null'],
  },
  {
    name: 'install: links instead of copies',
    files: source(),
    steps: [`${install} --symlink-modules`, 'dkms status', 'dkms uninstall twin/1.0 -k {K}'],
  },
  { name: 'install: quietly', files: source(), steps: [`${install} -q`, `${install} --quiet`] },
  {
    name: 'install: no room for the folder',
    files: { ...source(), '/lib/modules/{K}/updates': 'a file\n' },
    steps: [install, 'dkms status'],
  },
  {
    name: 'install: the link stands already',
    files: source(),
    steps: [build, 'ln -s nowhere /var/lib/dkms/twin/kernel-{K}-x86_64', 'dkms status', install],
  },
  ...(['GZIP', 'ZSTD', 'NONE'] as const).map((compression) => ({
    name: `install: a kernel with compression ${compression}`,
    files: { ...source(), ...compressedKernel('9.9-fake', compression) },
    steps: [
      { GZIP: 'gzip', ZSTD: 'zstd -q --rm', NONE: 'true' }[compression].concat(` ${dummy}; depmod 9.9-fake`),
      'dkms install twin/1.0 -k 9.9-fake',
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  })),
];
