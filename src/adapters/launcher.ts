import launcher from '../../templates/shared/kmodsmith.sh.hbs';
import settled from '../../templates/shared/settled.sh.hbs';
import { renderTemplate } from '../render/render-template.ts';
import { recordedVariables } from './hook-call.ts';
import { hookPaths } from './hook-paths.ts';
import { settledFormat, statFormat } from './settled-call.ts';
import type { HookSpec, RenderedFile } from './types.ts';

/** The program that tells whether a call's last answer still holds; hooks ask it before they record a call. */
export function settledProgram(spec: HookSpec): string {
  return `${hookPaths(spec).programs}/settled`;
}

/** What every distribution's package of the toolkit has in front of the engine: a start of Node.js takes 50 ms. */
export function renderLauncher(spec: HookSpec): readonly RenderedFile[] {
  const { state, engine, programs } = hookPaths(spec);
  const view = {
    ...{ queue: `${state}/queue`, answers: `${state}/settled`, settled: settledProgram(spec) },
    ...{ program: `${programs}/cli.js`, recordedVariables, settledFormat, statFormat },
  };
  const render = (path: string, template: string): RenderedFile => ({
    path: path.slice(1),
    mode: 0o755,
    content: renderTemplate({ template, name: path }, view),
  });
  return [render(engine, launcher), render(settledProgram(spec), settled)];
}
