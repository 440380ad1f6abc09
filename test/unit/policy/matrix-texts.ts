import type { Policy } from '../../../src/policy/knobs.ts';
import type { Column } from '../../../src/policy/matrix/columns.ts';
import { computeMatrix } from '../../../src/policy/matrix/matrix.ts';

/** What the cells of a policy's matrix say, by row and column. */
export function textsOf(policy: Policy): (row: string, column: Column) => string | undefined {
  const rows = computeMatrix(policy).groups.flatMap((group) => group.rows);
  const cells = new Map(rows.map(({ id, cells }) => [id, cells]));
  return (row, column) => cells.get(row)?.[column].text;
}
