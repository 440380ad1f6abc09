import { type MatrixReport, type MatrixSubject, reportMatrix } from '../policy/matrix/report.ts';
import { type PresetName, presetPolicy } from '../policy/presets.ts';
import { type CommonOptions, openContext } from './context.ts';
import { printJson } from './output.ts';

export interface MatrixOptions extends CommonOptions {
  readonly preset: PresetName | undefined;
  readonly format: 'text' | 'markdown' | 'json' | 'html';
}

/** `kmodsmith matrix`: what the policy, or a preset, does on every event. */
export async function runMatrix(options: MatrixOptions): Promise<number> {
  const report = reportMatrix(await subjectOf(options));
  const format = options.json ? 'json' : options.format;
  if (format === 'json') printJson(report);
  else process.stdout.write(await render(report, format));
  return 0;
}

/** A preset does not depend on the machine, whatever its files say. */
async function subjectOf({ preset, ...options }: MatrixOptions): Promise<MatrixSubject> {
  if (preset !== undefined) return { policy: presetPolicy(preset), preset };
  const { base, modules } = (await openContext(options)).policies;
  return { policy: base, modules: Object.keys(modules) };
}

async function render(report: MatrixReport, format: 'text' | 'markdown' | 'html'): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reference/matrix-text.ts')).renderMatrixText(report);
    case 'markdown':
      return (await import('../reference/matrix-markdown.ts')).renderMatrixMarkdown(report);
    case 'html':
      return (await import('../reference/matrix-html.ts')).renderMatrixHtml(report);
  }
}
