import type { MatrixReport } from '../policy/matrix/report.ts';
import { type MatrixView, type RowView, viewMatrix } from './matrix-view.ts';

/** For a document: docs/matrix is made of it. */
export function renderMatrixMarkdown(report: MatrixReport): string {
  const view = viewMatrix(report);
  const lines = [
    `# ${plain(view.title)}`,
    '',
    `Made by \`${view.command} --format markdown\`.`,
    ...view.paragraphs.flatMap((paragraph) => ['', plain(paragraph)]),
    '',
    ...table(
      ['', 'means'],
      view.legend.map(({ sign, meaning }) => [sign, meaning].map(plain)),
    ),
    ...view.groups.flatMap((group) => groupLines(group, view.columns)),
    '',
    '## Reasons',
    '',
    ...view.notes.map(({ number, words }) => `${number}. ${plain(words)}`),
    ...comparisonLines(view),
  ];
  return `${lines.join('\n')}\n`;
}

function groupLines({ title, rows }: MatrixView['groups'][number], columns: readonly string[]): string[] {
  const cellOf = ({ text, notes }: RowView['cells'][number]) => {
    const numbers = notes.map(({ number }) => number).join(', ');
    return numbers === '' ? plain(text) : `${plain(text)} <sup>${numbers}</sup>`;
  };
  return [
    '',
    `## ${plain(title)}`,
    '',
    ...table(
      ['event', ...columns.map(plain)],
      rows.map(({ label, cells }) => [plain(label), ...cells.map(cellOf)]),
    ),
  ];
}

function comparisonLines({ comparison }: MatrixView): string[] {
  if (comparison === undefined) return [];
  return [
    '',
    `## Where it differs from ${plain(comparison.with)}`,
    '',
    ...table(
      ['event', 'module', 'there', 'here', 'why'],
      comparison.rows.map(({ event, module, theirs, ours, why }) =>
        [event, module, theirs, ours, why].map(plain),
      ),
    ),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** What means something to Markdown inside of a line (https://spec.commonmark.org/0.31.2/#backslash-escapes). */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>|&]/g, '\\$&');
}
