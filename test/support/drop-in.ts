import { inject } from 'vitest';
import type { TestRoot } from './roots.ts';

const launcher = '#!/bin/sh\nexec node /usr/lib/kmodsmith/dkms.js "$@"\n';

/** Puts our dkms where the distribution's would be, without our hooks: whoever calls it is the test. */
export async function installDropIn(root: TestRoot): Promise<void> {
  const deb = '/srv/kmodsmith.deb';
  await root.copyIn(inject('toolkitDeb'), deb);
  const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C / ./usr/lib/kmodsmith && mkdir -p /var/lib/dkms';
  await root.run(['sh', '-c', unpack, 'unpack', deb]);
  await root.write('/usr/sbin/dkms', launcher, 0o755);
}
