import type { Policy } from '../knobs.ts';
import { type PresetName, presets } from '../presets.ts';
import { type Column, columns, columnTitles } from './columns.ts';
import { comparisons } from './differences.ts';
import { legendFor } from './legend.ts';
import { computeMatrix, type Matrix } from './matrix.ts';

/** Whose matrix it is. */
export interface MatrixSubject {
  readonly policy: Policy;
  /** When it is that of a preset, and not of a machine. */
  readonly preset?: PresetName | undefined;
  /** Labels of the modules for which files say something else. */
  readonly modules?: readonly string[];
}

/** A matrix with what it takes to understand it: plain data. */
export interface MatrixReport extends Matrix {
  readonly version: 1;
  readonly preset?: PresetName;
  /** What the preset is for; no full stop. */
  readonly summary?: string;
  readonly policy: Policy;
  readonly modules: readonly string[];
  readonly columns: readonly { readonly id: Column; readonly title: string }[];
  readonly legend: readonly { readonly sign: string; readonly meaning: string }[];
  /** What the distribution does that the preset is named after, where that is something else. */
  readonly comparison?: MatrixComparison;
}

interface MatrixComparison {
  /** The hooks that the preset is compared with. */
  readonly with: string;
  readonly cells: readonly ComparedCell[];
}

export interface ComparedCell {
  readonly row: string;
  readonly column: Column;
  readonly theirs: string;
  readonly ours: string;
  /** Why ours is better; no full stop. */
  readonly why: string;
}

export function reportMatrix({ policy, preset, modules = [] }: MatrixSubject): MatrixReport {
  const matrix = computeMatrix(policy);
  const comparison = preset && comparisonOf(preset);
  return {
    version: 1,
    ...(preset !== undefined && { preset, summary: presets[preset].summary }),
    ...{ policy, modules },
    columns: columns.map((id) => ({ id, title: columnTitles[id] })),
    legend: legendFor(textsOf(matrix)).map(([sign, meaning]) => ({ sign, meaning })),
    ...matrix,
    ...(comparison !== undefined && { comparison }),
  };
}

function comparisonOf(preset: PresetName): MatrixComparison | undefined {
  const found = comparisons[preset];
  if (found === undefined) return undefined;
  const cells = found.differences.flatMap(({ row, cells: own, why }) =>
    columns.flatMap((column): ComparedCell[] => {
      const [theirs, ours] = own[column] ?? [];
      return theirs === undefined || ours === undefined ? [] : [{ row, column, theirs, ours, why }];
    }),
  );
  return { with: found.with, cells };
}

function textsOf({ groups }: Matrix): string[] {
  return groups.flatMap(({ rows }) =>
    rows.flatMap(({ cells }) => columns.map((column) => cells[column].text)),
  );
}
