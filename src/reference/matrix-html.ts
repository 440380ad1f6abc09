import template from '../../templates/shared/matrix.html.hbs';
import type { MatrixReport } from '../policy/matrix/report.ts';
import { renderTemplate } from '../render/render-template.ts';
import { viewMatrix } from './matrix-view.ts';

/** One page that needs no other file. */
export function renderMatrixHtml(report: MatrixReport): string {
  const { comparison, groups, columns, ...view } = viewMatrix(report);
  const page = {
    ...view,
    groups: groups.map((group) => ({ ...group, columns })),
    comparisons: comparison === undefined ? [] : [comparison],
  };
  return renderTemplate({ template, name: 'matrix.html' }, page);
}
