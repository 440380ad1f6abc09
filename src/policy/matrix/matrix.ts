import type { Policy } from '../knobs.ts';
import { type Cell, computeCell } from './cell.ts';
import { type Column, columns } from './columns.ts';
import { kernelRows } from './kernel-rows.ts';
import { moduleRows } from './module-rows.ts';
import type { RowGroup } from './row.ts';

/** What a policy does on every event. */
export interface Matrix {
  readonly groups: readonly MatrixGroup[];
}

interface MatrixGroup {
  readonly title: string;
  readonly rows: readonly MatrixRow[];
}

interface MatrixRow {
  readonly id: string;
  readonly label: string;
  readonly cells: Readonly<Record<Column, Cell>>;
}

/** Every event of docs/policy.md, section 4; those of section 3 are among them. */
export const rowGroups: readonly RowGroup[] = [...kernelRows, ...moduleRows];

/** The whole table, each cell by deciding about a world made for it. */
export function computeMatrix(policy: Policy): Matrix {
  return {
    groups: rowGroups.map(({ title, kernel, rows }) => ({
      title,
      rows: rows.map((row) => {
        const cells = columns.map((column) => [column, computeCell({ row, kernel, column, policy })]);
        return { id: row.id, label: row.label, cells: Object.fromEntries(cells) as MatrixRow['cells'] };
      }),
    })),
  };
}
