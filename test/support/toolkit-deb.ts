import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

const control = `Package: kmodsmith
Version: 0.1.0
Architecture: all
Maintainer: kmodsmith <kmodsmith@localhost>
Depends: bash, kmod, make, util-linux
Description: keeps out-of-tree kernel modules correct
`;

/** Everything that dpkg must not overwrite when the admin changed it: Debian policy, section 10.7. */
const conffiles = ['postinst.d', 'prerm.d', 'postrm.d', 'header_postinst.d'].map(
  (entry) => `/etc/kernel/${entry}/kmodsmith\n`,
);

/** Lays down the bundle, which has to be there, and what it renders for a package of its own. */
export async function layOutToolkit(tree: string, adapter: 'dpkg' | 'pacman' | 'rpm'): Promise<void> {
  const bundle = join(project, 'dist');
  await mkdir(join(tree, 'var/lib/dkms'), { recursive: true });
  await cp(bundle, join(tree, 'usr/lib/kmodsmith'), { recursive: true });
  const argv = [join(bundle, 'cli.js'), 'generate', adapter, 'toolkit', '--output', tree];
  await execute([process.execPath, ...argv]);
}

/**
 * Packs the bundle and the hooks and maintainer scripts that it renders itself into a package, so that tests install
 * what users install. Returns the path of the .deb in `folder`.
 */
export async function buildToolkitDeb(folder: string): Promise<string> {
  await execute(['npm', '--prefix', project, 'run', '--silent', 'build']);
  const tree = join(folder, 'toolkit');
  await layOutToolkit(tree, 'dpkg');
  await writeFile(join(tree, 'DEBIAN/control'), control);
  await writeFile(join(tree, 'DEBIAN/conffiles'), conffiles.join(''));
  const deb = join(folder, 'kmodsmith.deb');
  await execute(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, deb]);
  return deb;
}
