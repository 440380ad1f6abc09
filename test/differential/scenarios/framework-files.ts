import type { Files } from '../scenario.ts';

export const install = 'dkms install twin/1.0 -k {K}';
export const framework = (text: string, name = 'framework.conf.d/50-test.conf'): Files => ({
  [`/etc/dkms/${name}`]: text,
});
export const life = [
  'dkms add twin/1.0',
  install,
  'dkms status',
  'dkms uninstall twin/1.0 -k {K}',
  'dkms remove twin/1.0 --all',
];
