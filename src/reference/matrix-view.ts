import { formatValue } from '../config/format-value.ts';
import { sentence } from '../formats/sentence.ts';
import { defaultPolicy, knobNames } from '../policy/knobs.ts';
import type { ComparedCell, MatrixReport } from '../policy/matrix/report.ts';

/** A matrix as every kind of page shows it: what to print, in order. */
export interface MatrixView {
  readonly title: string;
  /** The command that makes the page, without the format. */
  readonly command: string;
  readonly paragraphs: readonly string[];
  readonly legend: MatrixReport['legend'];
  readonly columns: readonly string[];
  readonly groups: readonly { readonly title: string; readonly rows: readonly RowView[] }[];
  /** The reasons of the cells, which name them by their numbers. */
  readonly notes: readonly Note[];
  readonly comparison?: { readonly with: string; readonly rows: readonly ComparisonRow[] };
}

export interface RowView {
  readonly label: string;
  readonly cells: readonly { readonly text: string; readonly notes: readonly Note[] }[];
}

interface Note {
  readonly number: string;
  readonly words: string;
}

/** `event` is the title of a row, `module` those of columns. */
export interface ComparisonRow extends Pick<ComparedCell, 'theirs' | 'ours' | 'why'> {
  readonly event: string;
  readonly module: string;
}

export function viewMatrix(report: MatrixReport): MatrixView {
  const { preset, columns, legend, comparison } = report;
  const notes = notesOf(report);
  const groups = report.groups.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ label, cells }) => ({
      label,
      cells: columns.map(({ id }) => ({
        text: cells[id].text,
        notes: cells[id].reasons.flatMap(({ words }) => notes.get(words) ?? []),
      })),
    })),
  }));
  return {
    title: preset === undefined ? 'What the policy of this machine does' : `What the preset ${preset} does`,
    command: preset === undefined ? 'kmodsmith matrix' : `kmodsmith matrix --preset ${preset}`,
    paragraphs: [...subjectOf(report), ...howToRead],
    legend,
    columns: columns.map(({ title }) => title),
    groups,
    notes: [...notes.values()],
    ...(comparison !== undefined && {
      comparison: { with: comparison.with, rows: comparisonRows(report) },
    }),
  };
}

const howToRead = [
  'K is the kernel that the event is about. One that is there already is an old one, beside the running kernel and the newest; a new one is the newest. Autoinstall has left builds for every kernel but a new K. What was installed by hand is so for K, and for the old kernel where K is new.',
  'A cell is found by deciding about a machine that is made for it. Its steps are in the order in which they happen. They are for K where the event is about a kernel, else for every kernel that has a build, unless they say for which.',
];

function subjectOf({ summary, policy, modules }: MatrixReport): string[] {
  const changed = knobNames
    .filter((knob) => formatValue(policy[knob]) !== formatValue(defaultPolicy[knob]))
    .map((knob) => `${knob} = ${formatValue(policy[knob])}`);
  const own = modules.join(', ');
  return [
    ...(summary === undefined ? [] : [sentence(summary)]),
    ...(changed.length === 0 ? [] : [`What differs from the defaults: ${changed.join('; ')}.`]),
    ...(own === '' ? [] : [`These modules have settings of their own, which do not show here: ${own}.`]),
  ];
}

function notesOf({ groups, columns }: MatrixReport): Map<string, Note> {
  const cells = groups.flatMap(({ rows }) => rows.flatMap((row) => columns.map(({ id }) => row.cells[id])));
  const words = new Set(cells.flatMap(({ reasons }) => reasons.map((reason) => reason.words)));
  return new Map([...words].map((text, index) => [text, { number: String(index + 1), words: text }]));
}

/** What is the same for several columns is told once. */
function comparisonRows({ comparison, groups, columns }: MatrixReport): ComparisonRow[] {
  const events = new Map(
    groups.flatMap((group) => group.rows.map(({ id, label }) => [id, `${group.title}: ${label}`])),
  );
  const found = new Map<string, ComparisonRow>();
  for (const { row, column, theirs, ours, why } of comparison?.cells ?? []) {
    const key = [row, theirs, ours, why].join('\0');
    const title = columns.find(({ id }) => id === column)?.title ?? column;
    const module = [...(found.get(key)?.module.split('; ') ?? []), title].join('; ');
    found.set(key, { event: events.get(row) ?? row, module, theirs, ours, why });
  }
  return [...found.values()];
}
