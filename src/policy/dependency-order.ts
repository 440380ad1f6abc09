/** What each module depends on, by name; names that are not in it themselves count for nothing. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

export interface DependencyOrder {
  /** Every name of the graph, each one after those that it depends on; else as they came. */
  readonly names: readonly string[];
  /** By module and dependency, where the dependency waits for the module in turn: the way round, from the module on. */
  readonly cycles: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** The order in which modules can be built. Where some depend on each other, what they want of each other is left out. */
export function orderByDependencies(graph: DependencyGraph): DependencyOrder {
  if ([...graph.values()].every(({ length }) => length === 0))
    return { names: [...graph.keys()], cycles: new Map() };
  const sorted = sort(graph);
  if (sorted.length === graph.size) return { names: sorted, cycles: new Map() };
  const done = new Set(sorted);
  const cycles = findCycles(new Map([...graph].filter(([name]) => !done.has(name))));
  const open = [...graph].map(
    ([name, depends]) => [name, depends.filter((other) => !cycles.get(name)?.has(other))] as const,
  );
  return { names: sort(new Map(open)), cycles };
}

/** Names on a cycle, and those that depend on one, are left out. */
function sort(graph: DependencyGraph): string[] {
  const dependents = turnRound(graph);
  const waitsFor = new Map(
    [...graph].map(([name, depends]) => [name, depends.filter((other) => graph.has(other)).length]),
  );
  const names = [...graph.keys()].filter((name) => waitsFor.get(name) === 0);
  // It grows while it is read.
  for (const name of names) {
    for (const dependent of dependents.get(name) ?? []) {
      const left = (waitsFor.get(dependent) ?? 0) - 1;
      waitsFor.set(dependent, left);
      if (left === 0) names.push(dependent);
    }
  }
  return names;
}

function turnRound(graph: DependencyGraph): Map<string, string[]> {
  const dependents = new Map<string, string[]>();
  for (const [name, depends] of graph) {
    for (const other of depends) {
      const known = dependents.get(other);
      if (known === undefined) dependents.set(other, [name]);
      else known.push(name);
    }
  }
  return dependents;
}

function findCycles(graph: DependencyGraph): Map<string, Map<string, string[]>> {
  const dependents = turnRound(graph);
  return new Map(
    [...graph].map(([name, depends]) => {
      const next = stepsTowards(name, dependents);
      const back = depends.filter((other) => other === name || next.has(other));
      return [name, new Map(back.map((other) => [other, [name, ...wayTo(name, { from: other, next })]]))];
    }),
  );
}

/** For each module that leads to `name`: which one comes next on a shortest way there. */
function stepsTowards(name: string, dependents: ReadonlyMap<string, readonly string[]>): Map<string, string> {
  const next = new Map<string, string>();
  const reached = [name];
  for (const step of reached) {
    for (const dependent of dependents.get(step) ?? []) {
      if (next.has(dependent)) continue;
      next.set(dependent, step);
      reached.push(dependent);
    }
  }
  return next;
}

function wayTo(name: string, { from, next }: { from: string; next: ReadonlyMap<string, string> }): string[] {
  const way = [from];
  for (let step = from; step !== name; way.push(step)) step = next.get(step) ?? name;
  return way;
}
