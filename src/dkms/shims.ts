import commonPostinst from '../../templates/dkms/common.postinst.sh.hbs';
import autoinstaller from '../../templates/dkms/dkms_autoinstaller.sh.hbs';
import { renderFile } from '../adapters/render-file.ts';
import type { RenderedFile } from '../adapters/types.ts';

const view = { engine: '/usr/bin/kmodsmith', dkms: '/usr/sbin/dkms', modules: '/lib/modules' };

/** The programs besides `dkms` that packages and hooks call by their path (dkms-compat.md section 7). */
export function renderShims(): readonly RenderedFile[] {
  const render = (path: string, template: string) => renderFile({ path, mode: 0o755, template }, view);
  return [
    render('usr/lib/dkms/common.postinst', commonPostinst),
    render('usr/lib/dkms/dkms_autoinstaller', autoinstaller),
  ];
}
