import { expect, it } from 'vitest';
import { detectDistribution } from '../../../src/distros/index.ts';

const release = '6.12.1-default';

it.each([
  { id: 'debian', family: 'debian', folder: 'updates/dkms', headers: `linux-headers-${release}` },
  { id: 'ubuntu', family: 'debian', folder: 'updates/dkms', headers: `linux-headers-${release}` },
  {
    id: 'mint',
    idLike: ['ubuntu', 'debian'],
    family: 'debian',
    folder: 'updates/dkms',
    headers: `linux-headers-${release}`,
  },
  { id: 'arch', family: 'arch', folder: 'updates/dkms', headers: undefined },
  {
    id: 'rocky',
    idLike: ['rhel', 'centos'],
    family: 'fedora',
    folder: 'extra',
    headers: `kernel-devel-${release}`,
  },
  { id: 'opensuse-leap', family: 'suse', folder: 'updates', headers: 'kernel-default-devel' },
  { id: 'alpine', family: 'other', folder: undefined, headers: undefined },
  { id: '', family: 'other', folder: undefined, headers: undefined },
])('$id is $family', ({ id, idLike = [], family, folder, headers }) => {
  const found = detectDistribution({ id, idLike });
  expect([found.family, found.moduleFolder, found.headersPackage(release)]).toEqual([
    family,
    folder,
    headers,
  ]);
});
