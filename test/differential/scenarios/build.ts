import { kernel, script, source } from '../fixtures.ts';
import type { Scenario } from '../scenario.ts';

const build = 'dkms build twin/1.0 -k {K}';
const install = 'dkms install twin/1.0 -k {K}';
const two = { twin: 'twin_1_0', second: 'twin_2_0' };
const secondConf = { 'BUILT_MODULE_NAME[1]': 'second', 'DEST_MODULE_LOCATION[1]': '/extra' };

export const building: Scenario[] = [
  { name: 'build: added before', files: source(), steps: ['dkms add twin/1.0', build, build] },
  { name: 'build: adds', files: source(), steps: [build, `${build} --force`] },
  { name: 'build: from a folder', files: source({ at: '/srv/x' }), steps: ['dkms build /srv/x -k {K}'] },
  {
    name: 'build: from a dkms.conf',
    files: source({ at: '/srv/x' }),
    steps: ['dkms build /srv/x/dkms.conf -k {K}'],
  },
  {
    name: 'build: two objects',
    files: source({ objects: two, conf: secondConf }),
    steps: [build],
  },
  {
    name: 'build: an object less than the conf says',
    files: source({ conf: secondConf }),
    steps: [build, 'dkms status', build],
  },
  {
    name: 'build: make fails',
    files: source({ conf: { 'MAKE[0]': 'make nothing' } }),
    steps: [build, build],
  },
  {
    name: 'build: make is false',
    files: source({ conf: { 'MAKE[0]': 'false' } }),
    steps: [build, 'dkms remove twin/1.0 --all'],
  },
  { name: 'build: make exits', files: source({ conf: { 'MAKE[0]': 'exit 42' } }), steps: [build] },
  { name: 'build: make makes nothing', files: source({ conf: { 'MAKE[0]': 'true' } }), steps: [build] },
  {
    name: 'build: by force, and it fails',
    files: source(),
    steps: [build, 'sed -i s/twin_1_0/absent/ /usr/src/twin-1.0/Makefile', `${build} --force`],
  },
  {
    name: 'build: by force what is installed, and it fails',
    files: source(),
    steps: [install, 'sed -i s/twin_1_0/absent/ /usr/src/twin-1.0/Makefile', `${build} --force`],
  },
  {
    name: 'build: by force what is installed',
    files: source(),
    steps: [install, `${build} --force`],
  },
  {
    name: 'build: by force after a change',
    files: source(),
    steps: [
      install,
      'sed -i s/twin_1_0/twin_1_1/ /usr/src/twin-1.0/Makefile',
      `${build} --force`,
      `${install} --force`,
    ],
  },
  {
    name: 'build: a change without force',
    files: source(),
    steps: [build, 'sed -i s/twin_1_0/twin_1_1/ /usr/src/twin-1.0/Makefile', build, install],
  },
  {
    name: 'build: no headers',
    files: source(),
    steps: ['rm /lib/modules/{K}/build', build, install, 'dkms autoinstall -k {K}'],
  },
  {
    name: 'build: headers without include',
    files: { ...source(), '/lib/modules/9.9-bare/build/': '' },
    steps: ['dkms build twin/1.0 -k 9.9-bare'],
  },
  {
    name: 'build: a kernel with only headers',
    files: { ...source(), ...kernel('9.9-fake') },
    steps: [
      'rm -r /lib/modules/9.9-fake/kernel /lib/modules/9.9-fake/modules.dep',
      'dkms build twin/1.0 -k 9.9-fake',
      'dkms install twin/1.0 -k 9.9-fake',
    ],
  },
  {
    name: 'build: a result folder without modules',
    files: source(),
    steps: ['mkdir -p /var/lib/dkms/twin/1.0/{K}/x86_64; dkms add twin/1.0', build, install],
  },
  {
    name: 'build: nearly no source',
    files: source(),
    steps: ['dkms add twin/1.0', 'rm /usr/src/twin-1.0/Makefile', build],
  },
  {
    name: 'build: a conf that went away',
    files: source(),
    steps: [
      'dkms add twin/1.0',
      'rm /usr/src/twin-1.0/dkms.conf',
      build,
      'dkms status',
      'dkms remove twin/1.0 --all',
    ],
  },
  {
    name: 'build: left over in the build folder',
    files: source(),
    steps: ['dkms add twin/1.0', 'touch /var/lib/dkms/twin/1.0/build/old', build],
  },
  {
    name: 'build: a kernel that is none',
    files: source({ conf: { 'MAKE[0]': 'echo no object > twin.ko' } }),
    steps: [build, install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: "build: another kernel's object",
    files: source({ conf: { 'MAKE[0]': 'cp /opt/twins/modules/{R}/twin_1_0.ko twin.ko' } }),
    steps: [build],
  },
  {
    name: 'build: symbols of its own',
    files: source({ conf: { 'MAKE[0]': 'make fast && echo 0x1 one twin EXPORT_SYMBOL > Module.symvers' } }),
    steps: [build, install],
  },
  {
    name: 'build: jobs by environment',
    files: source(),
    env: { parallel_jobs: '5' },
    steps: [build, `${build} --force -j 3`],
  },
  {
    name: 'build: an environment that must go',
    files: source(),
    env: {
      CC: 'mycc',
      CFLAGS: '-g',
      LDFLAGS: '-s',
      CXX: 'c',
      CXXFLAGS: 'd',
      LD: 'ld.bfd',
      ARCH: 'x86',
      KEPT: 'yes',
    },
    steps: [build],
  },
  {
    name: 'build: directives in the environment are not taken',
    files: source(),
    env: {
      PRE_BUILD: 'x.sh',
      BUILT_MODULE_NAME: 'env',
      MAKE: 'false',
      PATCH: 'none',
      kernelver: '9',
      module: 'm',
    },
    steps: [build],
  },
  {
    name: 'build: what was read by both',
    files: source(),
    steps: [`cd /srv && ${build}`, 'cd / && dkms install -m twin -v 1.0 -k {K} -a x86_64'],
  },
  {
    name: 'build: folders below',
    files: source({
      conf: {
        'BUILT_MODULE_LOCATION[0]': 'sub/dir',
        'MAKE[0]': 'make fast; mkdir -p sub/dir; mv twin.ko sub/dir',
      },
    }),
    steps: [install, 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'build: another name in the end',
    files: source({ conf: { 'DEST_MODULE_NAME[0]': 'renamed' } }),
    steps: [install, 'dkms status', 'dkms remove twin/1.0 --all'],
  },
  {
    name: 'build: make leaves litter and a fork',
    files: source({ conf: { 'MAKE[0]': 'make fast; touch litter; mkdir x' } }),
    steps: [build],
  },
  {
    name: 'build: links and modes in the source',
    files: source({
      files: { tool: script(), link: { link: 'tool' }, out: { link: '/etc/passwd' } },
      conf: { 'MAKE[0]': './link && test -L link -a -L out && make fast' },
    }),
    steps: [build],
  },
  {
    name: 'build: stdin is not a terminal',
    files: source({ conf: { 'MAKE[0]': 'cat && make fast' } }),
    steps: [`echo text | ${build}`],
  },
  {
    name: 'build: many kernels, one bad',
    files: source(),
    steps: ['dkms build twin/1.0 -k {K} -k 1.2-none', 'dkms build twin/1.0 -k 1.2-none -k {R}'],
  },
];
