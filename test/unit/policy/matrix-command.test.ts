import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { legend, legendFor } from '../../../src/policy/matrix/legend.ts';
import { rowGroups } from '../../../src/policy/matrix/matrix.ts';
import { type MatrixReport, reportMatrix } from '../../../src/policy/matrix/report.ts';
import { presetNames, presetPolicy } from '../../../src/policy/presets.ts';
import { renderMatrixHtml } from '../../../src/reference/matrix-html.ts';
import { renderMatrixMarkdown } from '../../../src/reference/matrix-markdown.ts';
import { renderMatrixText } from '../../../src/reference/matrix-text.ts';
import { textColumns } from '../../../src/reference/text-columns.ts';

const reports = presetNames.map((preset) => ({
  preset,
  report: reportMatrix({ policy: presetPolicy(preset), preset }),
}));
const cellsOf = ({ groups, columns }: MatrixReport) =>
  groups.flatMap(({ rows }) => rows.flatMap(({ cells }) => columns.map(({ id }) => cells[id])));

describe('the report', () => {
  it.each(reports)('of $preset explains every word of its cells, and no other', ({ report }) => {
    const kernels = / for (K|the (old|running|newest)( and the (running|newest))? kernel)/g;
    const scopes = ['everywhere', 'elsewhere', 'if stale'];
    const words = cellsOf(report).flatMap(({ text }) =>
      text
        .replace(kernels, '')
        .replaceAll(' and the running kernel', '')
        .split(', ')
        .flatMap((part) => {
          const scope = scopes.find((end) => part.endsWith(` ${end}`));
          return scope === undefined ? [part] : [part.slice(0, -scope.length - 1), scope];
        }),
    );
    expect([...new Set(words)].sort()).toEqual(report.legend.map(({ sign }) => sign).sort());
  });

  it.each(reports)('of $preset gives a reason for each cell where a pair is looked at', ({ report }) => {
    for (const { reasons } of cellsOf(report))
      for (const { code, words } of reasons) expect(`${code}: ${words}`).toMatch(/^[a-z-]+: \S.*[^.\s]$/);
    const bare = cellsOf(report).filter(({ reasons }) => reasons.length === 0);
    expect([...new Set(bare.map(({ text }) => text))]).toEqual(['–']);
  });

  it('is JSON, and the same each time', () => {
    for (const { preset, report } of reports) {
      expect(JSON.parse(JSON.stringify(report))).toEqual(report);
      expect(reportMatrix({ policy: presetPolicy(preset), preset })).toEqual(report);
    }
  });

  it('has the comparison only of a preset', () => {
    expect(reportMatrix({ policy: presetPolicy('debian') })).not.toHaveProperty('comparison');
    expect(reportMatrix({ policy: presetPolicy('debian'), preset: 'debian' }).comparison?.with).toContain(
      'Debian',
    );
  });

  it('has rows of different ids and labels', () => {
    const rows = rowGroups.flatMap((group) =>
      group.rows.map(({ id, label }) => ({ id, label: `${group.title} ${label}` })),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(new Set(rows.map(({ label }) => label)).size).toBe(rows.length);
  });
});

it('a sign of the legend counts as used only as a whole word', () => {
  expect(legendFor(['A, Boot'])).toEqual([['A', legend['A']]]);
  expect(legendFor(['waits for headers, warn']).map(([sign]) => sign)).toEqual(['waits for headers', 'warn']);
});

const hostile = reportMatrix({
  policy: { ...defaultPolicy, refresh: 'always' },
  modules: ['<script>|*x*&amp;', '"onload="x'],
});

describe('the page', () => {
  it.each(reports)('as text shows each row of $preset, no wider than the help', ({ report }) => {
    const page = renderMatrixText(report);
    const flat = page.replaceAll(/\s+/g, ' ');
    for (const line of page.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(109);
      expect(line).not.toMatch(/\s$/);
    }
    for (const { title } of report.groups) expect(page).toContain(`\n${title.slice(0, 30)}`);
    for (const { with: hooks, cells } of report.comparison === undefined ? [] : [report.comparison]) {
      expect(flat).toContain(hooks);
      for (const { theirs, ours, why } of cells) expect(flat).toContain(`${theirs} -> ${ours}; ${why}`);
    }
  });

  it.each(reports)(
    'as Markdown of $preset has tables whose rows are as long as their heads',
    ({ report }) => {
      const page = renderMatrixMarkdown(report);
      const tables = page.split('\n\n').filter((block) => block.startsWith('| '));
      expect(tables).toHaveLength(report.groups.length + (report.comparison === undefined ? 1 : 2));
      for (const table of tables) {
        const widths = table
          .trimEnd()
          .split('\n')
          .map((line) => line.replaceAll('\\|', '').split('|').length);
        expect(new Set(widths).size).toBe(1);
      }
    },
  );

  it.each(reports)('as HTML of $preset closes what it opens, and leads nowhere else', ({ report }) => {
    const page = renderMatrixHtml(report);
    expect(unclosed(page)).toEqual([]);
    expect(page).not.toMatch(/\b(src|http|https|@import|url)\b/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(links)).toEqual(new Set(ids));
    const { groups, columns, legend } = report;
    const rows = groups.flatMap((group) => group.rows);
    const compared = page.split('Where it differs')[1] ?? '';
    const cells = (page.match(/<td>/g)?.length ?? 0) - (compared.match(/<td>/g)?.length ?? 0);
    expect(cells).toBe(rows.length * columns.length + legend.length);
  });

  it('lets nothing of the policy files into its markup', () => {
    const html = renderMatrixHtml(hostile);
    expect(html).toContain('&#60;script&#62;|*x*&#38;amp;, &#34;onload=&#34;x');
    expect(html).not.toContain('<script');
    expect(renderMatrixMarkdown(hostile)).toContain('\\<script\\>\\|\\*x\\*\\&amp;, "onload="x');
    expect(renderMatrixText(hostile)).toContain('<script>|*x*&amp;, "onload="x');
  });

  it('says which knobs differ from the defaults', () => {
    expect(renderMatrixText(hostile)).toContain('What differs from the defaults: refresh = always.');
    expect(renderMatrixText(reportMatrix({ policy: defaultPolicy }))).not.toContain('What differs');
  });
});

const voids = ['meta'];

/** Tags that are open at the end, or that close another one than the last. */
function unclosed(page: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = ''] of page.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
    if (voids.includes(name)) continue;
    if (slash === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}

it.each([
  { cells: ['one two three', 'x'], widths: [7, 3], lines: ['one two  x', 'three'] },
  { cells: ['', 'a b'], widths: [0, 1], lines: ['  a', '  b'] },
  { cells: ['longest', 'b'], widths: [3, 1], lines: ['longest  b'] },
  { cells: [], widths: [], lines: [] },
])('columns of $cells', ({ cells, widths, lines }) => expect(textColumns(cells, widths)).toEqual(lines));
