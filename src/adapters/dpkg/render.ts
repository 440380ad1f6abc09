import kernelHook from '../../../templates/dpkg/kernel-hook.sh.hbs';
import kernelPlugin from '../../../templates/dpkg/kernel-plugin.sh.hbs';
import kernelPostinst from '../../../templates/dpkg/kernel-postinst.sh.hbs';
import kernelPrerm from '../../../templates/dpkg/kernel-prerm.sh.hbs';
import modulePostinst from '../../../templates/dpkg/module-postinst.sh.hbs';
import modulePostrm from '../../../templates/dpkg/module-postrm.sh.hbs';
import modulePrerm from '../../../templates/dpkg/module-prerm.sh.hbs';
import packageTriggers from '../../../templates/dpkg/package-triggers.hbs';
import call from '../../../templates/dpkg/parts/call.sh.hbs';
import tell from '../../../templates/dpkg/parts/tell.sh.hbs';
import postinst from '../../../templates/dpkg/postinst.sh.hbs';
import postrm from '../../../templates/dpkg/postrm.sh.hbs';
import prerm from '../../../templates/dpkg/prerm.sh.hbs';
import scriptFirst from '../../../templates/dpkg/script-first.sh.hbs';
import scriptLast from '../../../templates/dpkg/script-last.sh.hbs';
import triggers from '../../../templates/dpkg/triggers.hbs';
import record from '../../../templates/shared/parts/record.sh.hbs';
import registered from '../../../templates/shared/parts/registered.sh.hbs';
import { lockVariable } from '../../core/layout.ts';
import { policyFailureStatus } from '../../errors.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher, settledProgram } from '../launcher.ts';
import { renderFile } from '../render-file.ts';
import { renderSystemdFiles } from '../systemd.ts';
import type { HookSpec, KernelSpec, ModuleSpec, RenderedFile } from '../types.ts';
import {
  controlPaths,
  type KernelEntry,
  kernelEntries,
  kernelHookPath,
  moduleEntry,
  pluginEntry,
  pluginPath,
  toolkitEntry,
  triggerName,
} from './names.ts';

const executable = 0o755;
const plain = 0o644;
const parts = { registered, record, tell, call };

/** What a package of Debian's needs to tell us of: our own, a module's, or a kernel's. */
export function renderDpkgHooks(spec: HookSpec): readonly RenderedFile[] {
  switch (spec.kind) {
    case 'toolkit':
      return renderToolkit(spec);
    case 'module':
      return renderModule(spec);
    case 'kernel':
      return renderKernel(spec);
  }
}

/** The programs, the hooks and the maintainer scripts of the toolkit's Debian package; working modules outlive it. */
function renderToolkit(spec: HookSpec): readonly RenderedFile[] {
  const { state } = hookPaths(spec);
  const view = { ...viewOf(spec), state, settled: settledProgram(spec), toolkitEntry };
  const render = (path: string, mode: number, template: string, extra: object = {}) =>
    renderFile({ path, mode, template, parts }, { ...view, ...extra });
  return [
    ...renderLauncher(spec),
    ...renderSystemdFiles(),
    ...kernelEntries.map((entry) => render(kernelHookPath(entry), executable, kernelHook, { entry })),
    render(pluginPath, executable, kernelPlugin, { entry: pluginEntry, lockVariable }),
    render(controlPaths.postinst, executable, postinst),
    render(controlPaths.prerm, executable, prerm),
    render(controlPaths.postrm, executable, postrm),
    render(controlPaths.triggers, plain, triggers),
  ];
}

/** A maintainer script: what it does, and what makes it whole. */
interface Script {
  readonly control: 'postinst' | 'prerm' | 'postrm';
  readonly snippet: string;
  /** What only this one is to know. */
  readonly extra?: object;
}

function renderModule(spec: ModuleSpec): readonly RenderedFile[] {
  const { tree, sources } = hookPaths(spec);
  const { name, version } = spec.module;
  const view = {
    ...{ moduleEntry, module: name, version },
    moduleTree: `${tree}/${name}`,
    sourceConf: `${sources}/${name}-${version}/dkms.conf`,
  };
  const scripts: readonly Script[] = [
    { control: 'postinst', snippet: modulePostinst },
    { control: 'prerm', snippet: modulePrerm },
    { control: 'postrm', snippet: modulePostrm },
  ];
  return renderPackage(spec, scripts, view);
}

/** Nothing tells us that headers are removed, no more than with Debian's own: the next run sees it. */
function renderKernel(spec: KernelSpec): readonly RenderedFile[] {
  const { part, release } = spec;
  const entry = { image: 'postinst.d', headers: 'header_postinst.d' } as const satisfies Record<
    KernelSpec['part'],
    KernelEntry
  >;
  const removal: KernelEntry = 'prerm.d';
  const scripts: readonly Script[] = [
    { control: 'postinst', snippet: kernelPostinst, extra: { entry: entry[part] } },
    ...(part === 'image'
      ? [{ control: 'prerm', snippet: kernelPrerm, extra: { entry: removal } } as const]
      : []),
  ];
  return renderPackage(spec, scripts, { part, release });
}

/**
 * The maintainer scripts of somebody else's package, whole or as debhelper puts them together, and its trigger. The order
 * is that of debhelper's own snippets: a module is there before services start that want it, and goes after they have been
 * stopped.
 */
function renderPackage(
  spec: ModuleSpec | KernelSpec,
  scripts: readonly Script[],
  own: object,
): readonly RenderedFile[] {
  const view = { ...viewOf(spec), ...own };
  const isWhole = spec.form === 'script';
  const rendered = scripts.map(({ control, snippet, extra }) => {
    const path = `debian/${spec.package}.${control}${isWhole ? '' : '.kmodsmith'}`;
    const whole = control === 'prerm' ? scriptLast : scriptFirst;
    const template = { template: isWhole ? whole : snippet, parts: { ...parts, snippet } };
    return renderFile({ path, mode: isWhole ? executable : plain, ...template }, { ...view, ...extra });
  });
  const path = `debian/${spec.package}.triggers`;
  return [...rendered, renderFile({ path, mode: plain, template: packageTriggers }, view)];
}

/** What every script that tells us something is made from. */
function viewOf(spec: HookSpec): object {
  const { tree, state, engine } = hookPaths(spec);
  return {
    ...{ adapter: 'dpkg', tree, engine, callFormat, recordedVariables, triggerName },
    queue: `${state}/queue`,
    policyFailureStatus: String(policyFailureStatus),
  };
}
