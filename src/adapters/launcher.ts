import launcher from '../../templates/shared/kmodsmith.sh.hbs';
import settled from '../../templates/shared/settled.sh.hbs';
import { recordedVariables } from './hook-call.ts';
import { hookPaths } from './hook-paths.ts';
import { renderFile } from './render-file.ts';
import { settledFormat, statFormat } from './settled-call.ts';
import type { HookSpec, RenderedFile } from './types.ts';

/** The program that tells whether a call's last answer still holds; hooks ask it before they record a call. */
export function settledProgram(spec: HookSpec): string {
  return `${hookPaths(spec).programs}/settled`;
}

/** What every distribution's package of the toolkit has in front of the engine: the engine takes 300 ms to find nothing to do. */
export function renderLauncher(spec: HookSpec): readonly RenderedFile[] {
  const { state, engine, programs } = hookPaths(spec);
  const view = {
    ...{ queue: `${state}/queue`, answers: `${state}/settled`, settled: settledProgram(spec) },
    ...{ program: `${programs}/cli.js`, recordedVariables, settledFormat, statFormat },
  };
  const render = (path: string, template: string) =>
    renderFile({ path: path.slice(1), mode: 0o755, template }, view);
  return [render(engine, launcher), render(settledProgram(spec), settled)];
}
