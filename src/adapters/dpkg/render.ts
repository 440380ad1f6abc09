import kernelHook from '../../../templates/dpkg/kernel-hook.sh.hbs';
import postinst from '../../../templates/dpkg/postinst.sh.hbs';
import postrm from '../../../templates/dpkg/postrm.sh.hbs';
import triggers from '../../../templates/dpkg/triggers.hbs';
import { policyFailureStatus } from '../../errors.ts';
import { renderTemplate } from '../../render/render-template.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher, settledProgram } from '../launcher.ts';
import { renderSystemdFiles } from '../systemd.ts';
import type { HookSpec, RenderedFile } from '../types.ts';
import { controlPaths, kernelEntries, kernelHookPath, toolkitEntry, triggerName } from './names.ts';

const executable = 0o755;
const plain = 0o644;

/**
 * The programs, the hooks and the maintainer scripts of the toolkit's Debian package. There is no prerm: on removal working
 * modules stay as they are.
 */
export function renderDpkgHooks(spec: HookSpec): readonly RenderedFile[] {
  const { tree, state, engine } = hookPaths(spec);
  const queue = `${state}/queue`;
  const lock = `${state}/lock`;
  const view = {
    tree,
    state,
    queue,
    lock,
    engine,
    settled: settledProgram(spec),
    callFormat,
    recordedVariables,
    toolkitEntry,
    triggerName,
    policyFailureStatus: String(policyFailureStatus),
  };
  const render = (path: string, mode: number, template: string, extra: object = {}): RenderedFile => ({
    path,
    mode,
    content: renderTemplate({ template, name: path }, { ...view, ...extra }),
  });
  return [
    ...renderLauncher(spec),
    ...renderSystemdFiles(),
    ...kernelEntries.map((entry) => render(kernelHookPath(entry), executable, kernelHook, { entry })),
    render(controlPaths.postinst, executable, postinst),
    render(controlPaths.postrm, executable, postrm),
    render(controlPaths.triggers, plain, triggers),
  ];
}
