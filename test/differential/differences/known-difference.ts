import type { Difference } from '../compare.ts';

/** Where we and the oracle do not agree, and are right not to. */
export interface KnownDifference {
  readonly id: string;
  /** Sections are those of docs/dkms-compat.md, numbers those of docs/decisions.md. The oracle is dkms 3.2.2. */
  readonly why: string;
  /** The scenarios that it has to show in; a general one counts wherever it shows. */
  readonly where: readonly string[] | 'anywhere';
  readonly matches: (difference: Difference) => boolean;
}

type Field = Difference['field'];

/** Any difference in these fields. */
export const inField = (...fields: Field[]) => {
  return ({ field }: Difference) => fields.includes(field);
};
/** What follows when one side does a thing that the other does not. */
export const state = inField('status', 'output', 'tree', 'calls', 'index');
export const stateAndExit = inField('status', 'output', 'tree', 'calls', 'index', 'exit');
/** Another exit status, which one side may leave open. */
export const exit = (oracle?: string, ours?: string) => (difference: Difference) =>
  difference.field === 'exit' &&
  difference.oracle === (oracle ?? difference.oracle) &&
  difference.ours === (ours ?? difference.ours);
