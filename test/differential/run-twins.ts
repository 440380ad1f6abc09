import { compare, type Difference } from './compare.ts';
import { openOracleCache } from './oracle-cache.ts';
import type { Observation, Scenario } from './scenario.ts';
import { carryOut, type Side } from './twins.ts';

type Observations = Map<string, Observation>;
const workers = 2;

/** Carries out scenarios on both sides, and says by name in what they differ. */
export async function runTwins(
  scenarios: readonly Scenario[],
  subject: Side = 'ours',
): Promise<Map<string, Difference[]>> {
  const oracle = await askOracle(scenarios);
  const ours: Observations = new Map();
  await inParallel(subject, scenarios, async ({ name }, observation) => {
    ours.set(name, observation);
  });
  return new Map(
    scenarios.map((scenario) => [
      scenario.name,
      compare(scenario, found(oracle, scenario), found(ours, scenario)),
    ]),
  );
}

async function askOracle(scenarios: readonly Scenario[]): Promise<Observations> {
  const cache = await openOracleCache();
  const known: Observations = new Map();
  const asked: Scenario[] = [];
  for (const scenario of scenarios) {
    const observation = await cache.get(scenario);
    if (observation === undefined) asked.push(scenario);
    else known.set(scenario.name, observation);
  }
  if (asked.length > 0) console.log(`differential: asking dkms about ${asked.length} scenarios`);
  await inParallel('oracle', asked, async (scenario, observation) => {
    known.set(scenario.name, observation);
    await cache.put(scenario, observation);
  });
  return known;
}

async function inParallel(
  side: Side,
  scenarios: readonly Scenario[],
  tell: (scenario: Scenario, observation: Observation) => Promise<void>,
): Promise<void> {
  const shares = Array.from({ length: workers }, (_, worker) =>
    scenarios.filter((_, index) => index % workers === worker),
  );
  await Promise.all(shares.map((share) => carryOut(side, share, tell)));
}

function found(observations: Observations, { name }: Scenario): Observation {
  const observation = observations.get(name);
  if (observation === undefined) throw new Error(`${name} was not carried out`);
  return observation;
}
