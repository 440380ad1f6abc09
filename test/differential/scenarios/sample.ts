import { scenarios } from './index.ts';

/** One of each kind, or two, for every `npm test`. */
const names = [
  'the running kernel is the default',
  'add: twice',
  'add: a folder over another source',
  'add: POST_ADD that ends with 3',
  'build: added before',
  'build: two objects',
  'build: make fails',
  'build: by force, and it fails',
  'build: no headers',
  'install: by force',
  'install: another version takes over',
  'remove: all kernels',
  'remove: one kernel of two',
  'status: filters',
  'status: suffix for what differs',
  'autoinstall: a chain',
  'autoinstall: a failing one is needed',
  'match: all that is installed',
  'kernel_postinst: installs',
  'kernel_prerm: takes all away',
  'mktarball: all kernels',
  'ldtarball: ours is read by dkms, all kernels',
  "ldtarball: dkms's is read by ours, all kernels",
  'conf: the kernel in single quotes',
  'override: all places at once',
  '--directive: one index by its name alone',
  'valid: all at once',
  'PATCH: two in order',
  'scripts: a whole life',
  'scripts: PRE_INSTALL fails',
  'version: twin_1_0 where the kernel has twin_1_1',
  'original: in the kernel',
  'trees: all trees',
  'kbuild: a whole life',
];

export const sample = names.map((name) => {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario is called ${name}`);
  return found;
});
