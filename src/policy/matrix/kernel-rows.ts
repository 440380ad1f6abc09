import type { RowGroup } from './row.ts';

const newKernel: RowGroup = {
  title: 'A new kernel release K',
  kernel: 'fresh',
  rows: [
    {
      id: 'new-kernel',
      label: 'image and headers arrive, in one transaction',
      told: [['headers:install', 'image:install']],
    },
    {
      id: 'new-image-first',
      label: 'the image arrives, its headers in a later transaction',
      told: [['image:install'], ['headers:install']],
    },
    {
      id: 'new-headers-first',
      label: 'the headers arrive, their image in a later transaction',
      told: [['headers:install'], ['image:install']],
    },
    { id: 'new-image', label: 'the image arrives without headers', told: [['image:install']] },
    { id: 'new-headers', label: 'the headers arrive without an image', told: [['headers:install']] },
    {
      id: 'new-kernel-fails',
      label: 'image and headers arrive; the module does not compile for them',
      told: [['headers:install', 'image:install']],
      fails: true,
    },
    { id: 'new-kernel-abort', label: 'the installation of the image is aborted', told: [['image:abort']] },
    {
      id: 'kernel-replaced',
      label: 'image and headers arrive in place of those of another release',
      told: [['image:remove:old', 'headers:remove:old', 'headers:install', 'image:install']],
    },
  ],
};

const sameKernel: RowGroup = {
  title: 'Packages of a kernel K that is there',
  kernel: 'old',
  rows: [
    {
      id: 'image-upgrade',
      label: 'image upgraded, downgraded or reinstalled under the same release',
      told: [['image:upgrade']],
    },
    {
      id: 'headers-upgrade',
      label: 'headers upgraded, downgraded or reinstalled under the same release',
      told: [['headers:upgrade']],
    },
    {
      id: 'kernel-upgrade',
      label: 'image and headers upgraded, downgraded or reinstalled, in one transaction',
      told: [['headers:upgrade', 'image:upgrade']],
    },
    {
      id: 'image-reinstall',
      label: 'image reinstalled, told as a removal and an installation',
      told: [['image:remove', 'image:install']],
    },
    {
      id: 'image-upgrade-without-headers',
      label: 'image upgraded while the headers are missing',
      before: { headers: 'absent' },
      told: [['image:upgrade']],
    },
    {
      id: 'kernel-upgrade-fails',
      label: 'image and headers upgraded; the module does not compile any more',
      told: [['headers:upgrade', 'image:upgrade']],
      fails: true,
    },
    { id: 'image-reconfigure', label: 'image reconfigured', told: [['image:reconfigure']] },
    { id: 'headers-reconfigure', label: 'headers reconfigured', told: [['headers:reconfigure']] },
    { id: 'headers-remove', label: 'headers removed, the image stays', told: [['headers:remove']] },
    { id: 'image-remove', label: 'image removed, the headers stay', told: [['image:remove']] },
    {
      id: 'kernel-remove',
      label: 'image and headers removed, in one transaction',
      told: [['headers:remove', 'image:remove']],
    },
    {
      id: 'headers-remove-first',
      label: 'headers removed, and the image in a later transaction',
      told: [['headers:remove'], ['image:remove']],
    },
    { id: 'image-purge', label: 'image removed, then purged', told: [['image:remove'], ['image:purge']] },
    { id: 'image-abort', label: 'upgrade of the image aborted', told: [['image:abort']] },
    { id: 'headers-abort', label: 'upgrade of the headers aborted', told: [['headers:abort']] },
    {
      id: 'image-remove-abort',
      label: 'removal of the image aborted',
      told: [['image:remove', 'image:abort']],
    },
  ],
};

export const kernelRows: readonly RowGroup[] = [newKernel, sameKernel];
