import type { MatrixReport } from '../policy/matrix/report.ts';
import { type ComparisonRow, type MatrixView, viewMatrix } from './matrix-view.ts';
import { textColumns, wrap } from './text-columns.ts';

/** In characters: as wide, with the gaps, as the help of the commands. */
const pageWidth = 109;
const widths = [37, 21, 22, 21] as const;
const legendWidths = [17, 90];

/** For a terminal: the table in columns; the reasons are left out. */
export function renderMatrixText(report: MatrixReport): string {
  const view = viewMatrix(report);
  const lines = [
    view.title,
    ...view.paragraphs.flatMap((paragraph) => ['', ...wrap(paragraph, pageWidth)]),
    '',
    ...view.legend.flatMap(({ sign, meaning }) => textColumns([sign, meaning], legendWidths)),
    ...view.groups.flatMap((group) => groupLines(group, view.columns)),
    ...comparisonLines(view),
  ];
  return `${lines.join('\n')}\n`;
}

function groupLines({ title, rows }: MatrixView['groups'][number], columns: readonly string[]): string[] {
  const indented = rows.map(({ label, cells }) => ['', label, ...cells.map(({ text }) => text)]);
  return [
    '',
    ...textColumns([title, ...columns], [widths[0] + 2, ...widths.slice(1)]),
    ...indented.flatMap((cells) => textColumns(cells, [0, ...widths])),
  ];
}

function comparisonLines({ comparison }: MatrixView): string[] {
  if (comparison === undefined) return [];
  return [
    '',
    ...wrap(`Where it differs from ${comparison.with}, and why`, pageWidth),
    ...comparison.rows.flatMap(differenceLines),
  ];
}

function differenceLines({ event, module, theirs, ours, why }: ComparisonRow): string[] {
  const change = `${module}: ${theirs} -> ${ours}; ${why}`;
  return ['', ...wrap(event, pageWidth), ...textColumns(['', change], [0, pageWidth - 2])];
}
