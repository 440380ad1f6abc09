import commonPostinst from '../../templates/dkms/common.postinst.sh.hbs';
import autoinstaller from '../../templates/dkms/dkms_autoinstaller.sh.hbs';
import type { RenderedFile } from '../adapters/types.ts';
import { renderTemplate } from '../render/render-template.ts';

const view = { engine: '/usr/bin/kmodsmith', dkms: '/usr/sbin/dkms', modules: '/lib/modules' };

/** The programs besides `dkms` that packages and hooks call by their path (dkms-compat.md section 7). */
export function renderShims(): readonly RenderedFile[] {
  const render = (path: string, template: string): RenderedFile => ({
    path,
    mode: 0o755,
    content: renderTemplate({ template, name: path }, view),
  });
  return [
    render('usr/lib/dkms/common.postinst', commonPostinst),
    render('usr/lib/dkms/dkms_autoinstaller', autoinstaller),
  ];
}
