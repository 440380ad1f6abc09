import hookScript from '../../../templates/pacman/hook.sh.hbs';
import install from '../../../templates/pacman/kmodsmith.install.hbs';
import moduleInstall from '../../../templates/pacman/module.install.hbs';
import operationHook from '../../../templates/pacman/operation.hook.hbs';
import packageHook from '../../../templates/pacman/package-operation.hook.hbs';
import packageScript from '../../../templates/pacman/package-script.sh.hbs';
import targets from '../../../templates/pacman/parts/targets.hbs';
import runHook from '../../../templates/pacman/run.hook.hbs';
import engine from '../../../templates/shared/parts/engine.sh.hbs';
import record from '../../../templates/shared/parts/record.sh.hbs';
import registered from '../../../templates/shared/parts/registered.sh.hbs';
import { policyFailureStatus } from '../../errors.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher } from '../launcher.ts';
import { renderFile } from '../render-file.ts';
import { renderSystemdFiles } from '../systemd.ts';
import type { HookSpec, KernelSpec, ModuleSpec, RenderedFile } from '../types.ts';
import {
  hookPath,
  imagesEntry,
  type Operation,
  operationEntries,
  packageEntries,
  packageHookPath,
  packageScriptPath,
  runEntry,
  type Stage,
  scriptPath,
  toolkitEntry,
  toolkitPackage,
} from './names.ts';

const executable = 0o755;
const plain = 0o644;
const parts = { engine, record, registered, targets };

/** What a transaction is about to do, or has done, in words for a progress line. */
const about: Readonly<Record<Stage, Readonly<Record<Operation, string>>>> = {
  pre: { Install: 'what will come', Upgrade: 'what will be replaced', Remove: 'what will go' },
  post: { Install: 'what has come', Upgrade: 'what has been replaced', Remove: 'what has gone' },
};

const transactionOf: Readonly<Record<Stage, string>> = { pre: 'PreTransaction', post: 'PostTransaction' };

/** What a package of pacman's needs to tell us of; those of kernels and modules need nothing where Arch's paths are kept. */
export function renderPacmanHooks(spec: HookSpec): readonly RenderedFile[] {
  return spec.kind === 'toolkit' ? renderToolkit(spec) : renderPackage(spec);
}

/**
 * The programs and hooks of the toolkit's package, which serve every kernel and module that pacman finds by the paths of
 * its files.
 */
function renderToolkit(spec: HookSpec): readonly RenderedFile[] {
  const { tree, state, engine } = hookPaths(spec);
  const view = {
    ...{ adapter: 'pacman', tree, engine, callFormat, recordedVariables },
    ...{ queue: `${state}/queue`, images: `${state}/initramfs` },
    ...{ runEntry, imagesEntry, toolkitEntry, toolkitPackage, script: scriptPath },
    policyFailureStatus: String(policyFailureStatus),
  };
  const render = (path: string, mode: number, template: string, extra: object = {}) =>
    renderFile({ path, mode, template, parts }, { ...view, ...extra });
  return [
    ...renderLauncher(spec),
    ...renderSystemdFiles(),
    render(scriptPath, executable, hookScript),
    ...operationEntries.map(({ entry, stage, operation }) =>
      render(hookPath(entry), plain, operationHook, {
        ...{ entry, operation, about: about[stage][operation] },
        when: transactionOf[stage],
        mayAbort: stage === 'pre',
        withToolkit: stage === 'post' && operation !== 'Remove',
      }),
    ),
    render(hookPath(runEntry), plain, runHook, {
      ...{ entry: runEntry, purpose: 'do what the hooks before this one have told it' },
      description: 'Updating out-of-tree kernel modules',
    }),
    render(hookPath(imagesEntry), plain, runHook, {
      ...{
        entry: imagesEntry,
        purpose: 'look whether the hooks before this one have made images of what it did',
      },
      description: 'Looking after the initramfs of kernels with out-of-tree modules',
    }),
    render('kmodsmith.install', plain, install),
  ];
}

/**
 * Hooks of somebody else's package that name what it brings: for a kernel whose image is elsewhere than Arch has it, or a
 * module whose folder in /usr/src leaves open where its name ends. Those of the old version tell before an upgrade.
 */
function renderPackage(spec: ModuleSpec | KernelSpec): readonly RenderedFile[] {
  const { package: name } = spec;
  const script = packageScriptPath(name);
  const view = { package: name, script, toolkitScript: scriptPath, engine: hookPaths(spec).engine };
  const render = (path: string, mode: number, template: string, extra: object = {}) =>
    renderFile({ path, mode, template }, { ...view, ...extra });
  const scriptlets =
    spec.kind === 'module' ? [render(`${name}.install`, plain, moduleInstall, adviceOn(spec))] : [];
  return [
    ...packageEntries.map(({ entry, stage, operation }) =>
      render(packageHookPath(name, entry), plain, packageHook, {
        ...{ entry, operation, about: about[stage][operation] },
        when: transactionOf[stage],
        mayAbort: stage === 'pre',
      }),
    ),
    render(script, executable, packageScript, { subject: subjectOf(spec) }),
    ...scriptlets,
  ];
}

function subjectOf(spec: ModuleSpec | KernelSpec): string {
  if (spec.kind === 'kernel') return `${spec.part}:${spec.release}`;
  return `module:${spec.module.name}/${spec.module.version}`;
}

function adviceOn({ module: { name, version } }: ModuleSpec): object {
  return { advice: `${name} ${version} is not built: neither kmodsmith nor dkms is installed.` };
}
