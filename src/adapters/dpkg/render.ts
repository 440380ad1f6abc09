import kernelHook from '../../../templates/dpkg/kernel-hook.sh.hbs';
import modulePostinst from '../../../templates/dpkg/module-postinst.sh.hbs';
import modulePostrm from '../../../templates/dpkg/module-postrm.sh.hbs';
import modulePrerm from '../../../templates/dpkg/module-prerm.sh.hbs';
import moduleTriggers from '../../../templates/dpkg/module-triggers.hbs';
import tell from '../../../templates/dpkg/parts/tell.sh.hbs';
import postinst from '../../../templates/dpkg/postinst.sh.hbs';
import postrm from '../../../templates/dpkg/postrm.sh.hbs';
import prerm from '../../../templates/dpkg/prerm.sh.hbs';
import scriptFirst from '../../../templates/dpkg/script-first.sh.hbs';
import scriptLast from '../../../templates/dpkg/script-last.sh.hbs';
import triggers from '../../../templates/dpkg/triggers.hbs';
import { policyFailureStatus } from '../../errors.ts';
import { renderTemplate } from '../../render/render-template.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher, settledProgram } from '../launcher.ts';
import type { HookSpec, ModuleSpec, RenderedFile } from '../types.ts';
import {
  controlPaths,
  kernelEntries,
  kernelHookPath,
  moduleEntry,
  toolkitEntry,
  triggerName,
} from './names.ts';

const executable = 0o755;
const plain = 0o644;

/** What a package of Debian's needs to tell us of: our own, or that of a module. */
export function renderDpkgHooks(spec: HookSpec): readonly RenderedFile[] {
  return spec.kind === 'toolkit' ? renderToolkit(spec) : renderModule(spec);
}

/** The programs, the hooks and the maintainer scripts of the toolkit's Debian package; working modules outlive it. */
function renderToolkit(spec: HookSpec): readonly RenderedFile[] {
  const { state } = hookPaths(spec);
  const view = { ...viewOf(spec), state, lock: `${state}/lock`, settled: settledProgram(spec), toolkitEntry };
  const render = (path: string, mode: number, template: string, extra: object = {}): RenderedFile => ({
    path,
    mode,
    content: renderTemplate({ template, name: path, parts: { tell } }, { ...view, ...extra }),
  });
  return [
    ...renderLauncher(spec),
    ...kernelEntries.map((entry) => render(kernelHookPath(entry), executable, kernelHook, { entry })),
    render(controlPaths.postinst, executable, postinst),
    render(controlPaths.prerm, executable, prerm),
    render(controlPaths.postrm, executable, postrm),
    render(controlPaths.triggers, plain, triggers),
  ];
}

/**
 * The order is that of debhelper's own snippets: a module is there before services start that want it, and goes after
 * they have been stopped.
 */
const moduleScripts = {
  postinst: { snippet: modulePostinst, script: scriptFirst },
  prerm: { snippet: modulePrerm, script: scriptLast },
  postrm: { snippet: modulePostrm, script: scriptFirst },
};

/** The maintainer scripts of a module's package, whole or as debhelper puts them together, and its trigger. */
function renderModule(spec: ModuleSpec): readonly RenderedFile[] {
  const { tree, sources } = hookPaths(spec);
  const { name, version } = spec.module;
  const view = {
    ...viewOf(spec),
    ...{ moduleEntry, module: name, version },
    moduleTree: `${tree}/${name}`,
    sourceConf: `${sources}/${name}-${version}/dkms.conf`,
  };
  const isWhole = spec.form === 'script';
  const scripts = Object.entries(moduleScripts).map(([control, { snippet, script }]): RenderedFile => {
    const path = `debian/${spec.package}.${control}${isWhole ? '' : '.kmodsmith'}`;
    const template = isWhole ? script : snippet;
    const content = renderTemplate({ template, name: path, parts: { snippet, tell } }, view);
    return { path, mode: isWhole ? executable : plain, content };
  });
  const path = `debian/${spec.package}.triggers`;
  const content = renderTemplate({ template: moduleTriggers, name: path }, view);
  return [...scripts, { path, mode: plain, content }];
}

/** What every script that tells us something is made from. */
function viewOf(spec: HookSpec): object {
  const { tree, state, engine } = hookPaths(spec);
  return {
    ...{ tree, engine, callFormat, recordedVariables, triggerName },
    queue: `${state}/queue`,
    policyFailureStatus: String(policyFailureStatus),
  };
}
