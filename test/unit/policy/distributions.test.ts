import { describe, expect, it } from 'vitest';
import { type Column, columns } from '../../../src/policy/matrix/columns.ts';
import { whys } from '../../../src/policy/matrix/difference.ts';
import { comparisons } from '../../../src/policy/matrix/differences.ts';
import { rowGroups } from '../../../src/policy/matrix/matrix.ts';
import { type PresetName, presetNames, presetPolicy } from '../../../src/policy/presets.ts';
import { distributionBehaviour } from './distribution-behaviour.ts';
import { textsOf } from './matrix-texts.ts';

const rowIds = rowGroups.flatMap(({ rows }) => rows.map(({ id }) => id));

interface Found {
  row: string;
  column: Column;
  theirs: string;
  ours: string | undefined;
}

function differencesOf(preset: keyof typeof distributionBehaviour): Found[] {
  const texts = textsOf(presetPolicy(preset));
  return Object.entries(distributionBehaviour[preset]).flatMap(([row, behaviour = []]) =>
    columns.flatMap((column, index): Found[] => {
      const theirs = behaviour[index];
      const ours = texts(row, column);
      return theirs === undefined || theirs === ours ? [] : [{ row, column, theirs, ours }];
    }),
  );
}

function listedFor(preset: PresetName): Found[] {
  return (comparisons[preset]?.differences ?? []).flatMap(({ row, cells }) =>
    columns.flatMap((column): Found[] => {
      const [theirs, ours] = cells[column] ?? [];
      return theirs === undefined ? [] : [{ row, column, theirs, ours }];
    }),
  );
}

function sorted(found: readonly Found[]): Found[] {
  return found.toSorted((a, b) => `${a.row} ${a.column}`.localeCompare(`${b.row} ${b.column}`));
}

const presets = Object.keys(distributionBehaviour) as (keyof typeof distributionBehaviour)[];

it('every preset but the default one is compared with what it is named after', () => {
  expect(['default', ...presets].sort()).toEqual([...presetNames].sort());
  expect(Object.keys(comparisons).sort()).toEqual([...presets].sort());
});

describe.each(presets)('%s', (preset) => {
  it('says of every row what happens there, or that nothing is known', () => {
    expect(Object.keys(distributionBehaviour[preset])).toEqual(rowIds);
  });

  it('differs where the list of differences says so, and nowhere else', () => {
    expect(sorted(listedFor(preset))).toEqual(sorted(differencesOf(preset)));
  });

  it('has a reason for each difference', () => {
    const reasons: readonly string[] = Object.values(whys);
    for (const { why } of comparisons[preset]?.differences ?? []) expect(reasons).toContain(why);
  });

  it('loses nothing that the distribution keeps', () => {
    const loses = (text = '') => /\bU\b|\bR\b|uninstall/.test(text);
    const worse = differencesOf(preset).filter(({ theirs, ours }) => loses(ours) && !loses(theirs));
    expect(worse).toEqual([]);
  });
});

it('no reason is left over', () => {
  const given = Object.values(comparisons).flatMap(({ differences }) => differences.map(({ why }) => why));
  expect([...new Set(given)].sort()).toEqual([...Object.values(whys)].sort());
});
