import unit from '../../templates/shared/kmodsmith.service.hbs';
import users from '../../templates/shared/sysusers.conf.hbs';
import { buildUserName } from '../core/sandbox/build-user-name.ts';
import { hookPaths } from './hook-paths.ts';
import { renderFile } from './render-file.ts';
import type { RenderedFile } from './types.ts';

/**
 * What every distribution's package of the toolkit has for systemd: the look at each boot, and the user that builds. Always
 * with the installed system's paths: conditions of systemd.unit(5) know no quotes.
 */
export function renderSystemdFiles(): readonly RenderedFile[] {
  const { tree, state, engine } = hookPaths({ kind: 'toolkit' });
  const view = { tree, queue: `${state}/queue`, engine, buildUserName };
  const render = (path: string, template: string) => renderFile({ path, mode: 0o644, template }, view);
  return [
    render('usr/lib/systemd/system/kmodsmith.service', unit),
    render('usr/lib/sysusers.d/kmodsmith.conf', users),
  ];
}
