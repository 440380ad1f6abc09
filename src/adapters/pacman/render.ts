import hookScript from '../../../templates/pacman/hook.sh.hbs';
import install from '../../../templates/pacman/kmodsmith.install.hbs';
import operationHook from '../../../templates/pacman/operation.hook.hbs';
import targets from '../../../templates/pacman/parts/targets.hbs';
import runHook from '../../../templates/pacman/run.hook.hbs';
import record from '../../../templates/shared/parts/record.sh.hbs';
import registered from '../../../templates/shared/parts/registered.sh.hbs';
import { KmodsmithError, policyFailureStatus } from '../../errors.ts';
import { callFormat, recordedVariables } from '../hook-call.ts';
import { hookPaths } from '../hook-paths.ts';
import { renderLauncher } from '../launcher.ts';
import { renderFile } from '../render-file.ts';
import { renderSystemdFiles } from '../systemd.ts';
import type { HookSpec, RenderedFile } from '../types.ts';
import {
  hookPath,
  type Operation,
  operationEntries,
  runEntry,
  type Stage,
  scriptPath,
  toolkitEntry,
  toolkitPackage,
} from './names.ts';

const executable = 0o755;
const plain = 0o644;
const parts = { record, registered, targets };

/** What a transaction is about to do, or has done, in words for a progress line. */
const about: Readonly<Record<Stage, Readonly<Record<Operation, string>>>> = {
  pre: { Install: 'what will come', Upgrade: 'what will be replaced', Remove: 'what will go' },
  post: { Install: 'what has come', Upgrade: 'what has been replaced', Remove: 'what has gone' },
};

/**
 * The programs and hooks of the toolkit's package, which serve every kernel and module: pacman's hooks find by their
 * paths what packages bring, and those of modules and kernels need none of their own.
 */
export function renderPacmanHooks(spec: HookSpec): readonly RenderedFile[] {
  if (spec.kind !== 'toolkit') {
    throw new KmodsmithError('RENDER_UNSAFE', `pacman finds a ${spec.kind} by its files`, {
      hint: 'Its package needs no hook of its own: kmodsmith generate pacman toolkit.',
    });
  }
  const { tree, state, engine } = hookPaths(spec);
  const view = {
    ...{ adapter: 'pacman', tree, engine, queue: `${state}/queue`, callFormat, recordedVariables },
    ...{ runEntry, toolkitEntry, toolkitPackage, script: scriptPath },
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
        when: stage === 'pre' ? 'PreTransaction' : 'PostTransaction',
        mayAbort: stage === 'pre',
        withToolkit: stage === 'post' && operation !== 'Remove',
      }),
    ),
    render(hookPath(runEntry), plain, runHook, { entry: runEntry }),
    render('kmodsmith.install', plain, install),
  ];
}
