import { expect, test } from 'vitest';
import { type Column, columns, type RowKernel, type Sight } from './sight.ts';

/** Those that rows are played with. */
export type PresetOfRows = 'default' | 'debian' | 'arch' | 'fedora';

/** Something on which package managers play rows. */
export interface PlayedMachine {
  /** What events are about, and one that comes and goes beside it. */
  readonly kernel: RowKernel;
  readonly other: RowKernel;
  look(): Promise<Sight>;
}

/** What a row leaves: `VERSION built`, `VERSION kept`, `registered VERSION`, `gone`. What is left out is as `none` usually is. */
type Outcome = Partial<Readonly<Record<Column, string>>>;

type Expected = Pick<Row<PlayedMachine>, 'leaves' | 'debian' | 'arch' | 'fedora'>;

/** An event, and what it leaves of the three modules for the kernel that it is about. */
export interface Row<Machine extends PlayedMachine> {
  readonly name: string;
  /** What has to be so before; it is not looked at. */
  readonly before?: (machine: Machine) => Promise<unknown>;
  readonly event: (machine: Machine) => Promise<unknown>;
  /** Which kernel; the machine's first where left out. */
  readonly about?: 'other';
  readonly leaves: Outcome;
  /** Where another preset does something else. */
  readonly debian?: Outcome;
  readonly arch?: Outcome;
  readonly fedora?: Outcome;
  /** The same for the kernel that it is not about, where that is not as it was. */
  readonly elsewhere?: Expected;
  /** What else is to be seen afterwards. */
  readonly also?: (machine: Machine, said: string, preset: PresetOfRows) => Promise<void>;
  /** It is played with real headers, too. */
  readonly real?: true;
  /** It is played with `when = "immediate"`, too. */
  readonly immediate?: true;
}

/** Declares a test for each row; they go on where the one before ended. */
export function playRows<Machine extends PlayedMachine>(
  rows: readonly Row<Machine>[],
  { preset, machine }: { preset: PresetOfRows; machine: () => Machine },
): void {
  /** What the row before has seen last, where nothing came after it. */
  let last: Sight | undefined;
  test.for(rows)('$name', async (row) => {
    const at = machine();
    await row.before?.(at);
    const before = row.before === undefined && last !== undefined ? last : await at.look();
    last = undefined;
    const said = await row.event(at);
    const after = await at.look();
    if (row.also === undefined) last = after;
    const kernel = row.about === 'other' ? at.other : at.kernel;
    const expected = ({ leaves, ...others }: Expected) => ({
      ...usual,
      ...leaves,
      ...(preset !== 'default' && others[preset]),
    });
    expect(compare(before, after, kernel)).toEqual(expected(row));
    expect(after).toMatchObject({ queued: 0, audit: '' });
    // What an event is not about is not touched.
    const bystander = row.about === 'other' ? at.kernel : at.other;
    if (row.elsewhere) expect(compare(before, after, bystander)).toEqual(expected(row.elsewhere));
    else expect(stateOf(after, bystander)).toEqual(stateOf(before, bystander));
    await row.also?.(at, typeof said === 'string' ? said : '', preset);
  });
}

const usual: Outcome = { none: 'registered 1.0' };

function compare(before: Sight, after: Sight, { release }: RowKernel): Outcome {
  return Object.fromEntries(
    columns.map((column) => {
      const now = after.modules[column];
      const build = now.installed[release];
      if (build === undefined) {
        if (now.built.includes(release)) return [column, 'built and not installed'];
        return [column, now.registered.length === 0 ? 'gone' : `registered ${now.registered.join(', ')}`];
      }
      const isOld = before.modules[column].installed[release]?.startedAt === build.startedAt;
      return [column, `${build.version} ${isOld ? 'kept' : 'built'}`];
    }),
  );
}

function stateOf({ modules }: Sight, { release }: RowKernel) {
  return columns.map((column) => [
    modules[column].installed[release],
    modules[column].built.includes(release),
  ]);
}
