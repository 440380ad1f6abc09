import hook from '../../../templates/rpm/hook.sh.hbs';
import imagesPlugin from '../../../templates/rpm/images-plugin.sh.hbs';
import kernelPlugin from '../../../templates/rpm/kernel-plugin.sh.hbs';
import macros from '../../../templates/rpm/macros.hbs';
import packageScriptlet from '../../../templates/rpm/package.scriptlet.hbs';
import packageScriptlets from '../../../templates/rpm/package.scriptlets.hbs';
import call from '../../../templates/rpm/parts/call.sh.hbs';
import toolkitScriptlets from '../../../templates/rpm/toolkit.scriptlets.hbs';
import zyppPlugin from '../../../templates/rpm/zypp-plugin.sh.hbs';
import engine from '../../../templates/shared/parts/engine.sh.hbs';
import record from '../../../templates/shared/parts/record.sh.hbs';
import registered from '../../../templates/shared/parts/registered.sh.hbs';
import { lockVariable } from '../../core/layout.ts';
import { policyFailureStatus } from '../../errors.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher } from '../launcher.ts';
import { renderFile } from '../render-file.ts';
import { renderSystemdFiles } from '../systemd.ts';
import type { HookSpec, KernelSpec, ModuleSpec, RenderedFile } from '../types.ts';
import {
  arrivalEntry,
  departureEntry,
  endEntry,
  hookProgram,
  imagesEntry,
  kernelEntry,
  macrosPath,
  moduleEntry,
  pluginEntry,
  pluginPaths,
  pluginRunEntry,
  scriptletPath,
  scriptletsPath,
  tellingPaths,
  tellingScriptlets,
  toolkitEntry,
  toolkitPackage,
  watchedFolders,
  zyppPluginPath,
} from './names.ts';

const executable = 0o755;
const plain = 0o644;
const parts = { call, engine, record, registered };

/** What a package of rpm's needs to tell us of; those of kernels need nothing where Fedora's or SUSE's paths are kept. */
export function renderRpmHooks(spec: HookSpec): readonly RenderedFile[] {
  return spec.kind === 'toolkit' ? renderToolkit(spec) : renderPackage(spec);
}

function programOf(spec: HookSpec): string {
  return `${hookPaths(spec).programs}/${hookProgram}`;
}

/**
 * The programs, plugins and macros of the toolkit's packages, and what their spec includes: file triggers, which serve every
 * kernel, its headers and every module that keep to the usual paths, whoever packed them.
 */
function renderToolkit(spec: HookSpec): readonly RenderedFile[] {
  const { tree, state, engine: command } = hookPaths(spec);
  const program = programOf(spec);
  const view = {
    ...{ adapter: 'rpm', tree, state, engine: command, program, callFormat, recordedVariables, lockVariable },
    ...{ queue: `${state}/queue`, images: `${state}/initramfs`, transaction: `${state}/transaction` },
    ...{ arrivalEntry, departureEntry, endEntry, imagesEntry, pluginEntry, pluginRunEntry },
    ...{
      moduleEntry,
      kernelEntry,
      toolkitEntry,
      watchedFolders,
      telling: tellingPaths.map(({ path }) => path).join('|'),
    },
    policyFailureStatus: String(policyFailureStatus),
  };
  const render = (path: string, mode: number, template: string, extra: object = {}) =>
    renderFile({ path, mode, template, parts }, { ...view, ...extra });
  return [
    ...renderLauncher(spec),
    ...renderSystemdFiles(),
    render(program.slice(1), executable, hook),
    render(pluginPaths.kernel, executable, kernelPlugin),
    render(pluginPaths.images, executable, imagesPlugin),
    render(zyppPluginPath, executable, zyppPlugin),
    render(macrosPath, plain, macros, { scriptlets: tellingMacros() }),
    render(scriptletsPath(toolkitPackage), plain, toolkitScriptlets),
  ];
}

/** No removal fails by a scriptlet of ours. */
const isRemoval = (scriptlet: string) => scriptlet !== 'post';

function tellingMacros(): readonly object[] {
  const kinds = [
    { entry: moduleEntry, prefix: 'kmodsmith_', wanted: "the module's name and version are missing" },
    { entry: kernelEntry, prefix: 'kmodsmith_kernel_', wanted: 'the part and the release are missing' },
  ] as const;
  return kinds.flatMap(({ entry, prefix, wanted }) =>
    tellingScriptlets[entry].map((name) => ({
      ...{ macro: `${prefix}${name}`, wanted, entry, name, isRemoval: isRemoval(name) },
    })),
  );
}

/** Sections for the spec of somebody else's package to include, or the lines for sections that it has. */
function renderPackage(spec: ModuleSpec | KernelSpec): readonly RenderedFile[] {
  const { package: package_, form } = spec;
  const program = programOf(spec);
  const telling = tellingScriptlets[spec.kind].map((name) => ({
    ...{ name, package: package_, program, words: [...subjectOf(spec), name], isRemoval: isRemoval(name) },
  }));
  const end = { name: 'posttrans', package: package_, program, words: [endEntry], isRemoval: false };
  const scriptlets = [...telling, end];
  if (form === 'script') {
    const file = { path: scriptletsPath(package_), mode: plain, template: packageScriptlets, parts };
    return [renderFile(file, { scriptlets })];
  }
  return scriptlets.map((scriptlet) =>
    renderFile(
      { path: scriptletPath(package_, scriptlet.name), mode: plain, template: packageScriptlet, parts },
      scriptlet,
    ),
  );
}

function subjectOf(spec: ModuleSpec | KernelSpec): readonly string[] {
  if (spec.kind === 'kernel') return [kernelEntry, spec.part, spec.release];
  return [moduleEntry, spec.module.name, spec.module.version];
}
