import type { Difference } from './compare.ts';
import { knownDifferences } from './differences/index.ts';
import type { Scenario } from './scenario.ts';

/** What is to be said of a scenario, empty if all is as it should be; and the known differences that showed. */
export interface Verdict {
  readonly report: string;
  readonly shown: ReadonlySet<string>;
}

export function judge(scenario: Scenario, differences: readonly Difference[]): Verdict {
  const applying = knownDifferences.filter(
    ({ where }) => where === 'anywhere' || where.includes(scenario.name),
  );
  const shown = new Set<string>();
  const unknown = differences.filter((difference) => {
    const known = applying.filter(({ matches }) => matches(difference));
    for (const { id } of known) shown.add(id);
    return known.length === 0;
  });
  const absent = applying.filter(({ id, where }) => where !== 'anywhere' && !shown.has(id));
  const lines = [
    ...unknown.map(tell),
    ...absent.map(({ id }) => `known difference ${id} does not show any more`),
  ];
  return { report: lines.join('\n'), shown };
}

function tell({ step, line, field, subject, oracle, ours, said = [] }: Difference): string {
  const about = subject === '' ? field : `${field} of ${subject}`;
  const [theirs, own] = [oracle.split('\n'), ours.split('\n')];
  const lines = [
    ...theirs.filter((text) => !own.includes(text)).map((text) => `  - ${text}`),
    ...own.filter((text) => !theirs.includes(text)).map((text) => `  + ${text}`),
  ];
  const shown = lines.length > 0 ? lines : [`  - ${oracle}`, `  + ${ours}`];
  return [
    `step ${step}, ${line}`,
    ` ${about} (- dkms, + ours):`,
    ...shown,
    ...said.map((text) => `  ${text}`),
  ].join('\n');
}
