import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DependencyGraph, orderByDependencies } from '../../../src/policy/dependency-order.ts';

function order(graph: Record<string, string[]>) {
  const { names, cycles } = orderByDependencies(new Map(Object.entries(graph)));
  const ways = [...cycles].flatMap(([name, back]) => [...back].map(([other, way]) => [name, other, ...way]));
  return { names: names.join(' '), cycles: ways.map(([name, other, ...way]) => `${name} ${other}: ${way}`) };
}

it.each<{ what: string; graph: Record<string, string[]>; names: string; cycles: string[] }>([
  { what: 'as they came', graph: { b: [], a: [], c: [] }, names: 'b a c', cycles: [] },
  { what: 'after what they need', graph: { c: ['b'], b: ['a'], a: [] }, names: 'a b c', cycles: [] },
  { what: 'what is not there counts for nothing', graph: { a: ['none'] }, names: 'a', cycles: [] },
  { what: 'the same twice', graph: { a: ['b', 'b'], b: [] }, names: 'b a', cycles: [] },
  { what: 'one that needs itself', graph: { a: ['a'], b: ['a'] }, names: 'a b', cycles: ['a a: a,a'] },
  {
    what: 'two that need each other, and one that needs both',
    graph: { c: ['a', 'b'], a: ['b'], b: ['a'] },
    names: 'a b c',
    cycles: ['a b: a,b,a', 'b a: b,a,b'],
  },
  {
    what: 'a cycle beside what else its modules need',
    graph: { a: ['b', 'x'], b: ['c'], c: ['a'], x: ['y'], y: [] },
    names: 'b c y x a',
    cycles: ['a b: a,b,c,a', 'b c: b,c,a,b', 'c a: c,a,b,c'],
  },
])('$what', ({ graph, names, cycles }) => expect(order(graph)).toEqual({ names, cycles }));

const names = ['a', 'b', 'c', 'd', 'e', 'f'];
const graphs: fc.Arbitrary<DependencyGraph> = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 })))
  .map((entries) => new Map(entries));

it('every module once, after all that it needs and that does not need it in turn', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const found = orderByDependencies(graph);
      expect([...found.names].sort()).toEqual([...graph.keys()].sort());
      for (const [name, depends] of graph) {
        for (const other of depends.filter((candidate) => graph.has(candidate))) {
          const way = found.cycles.get(name)?.get(other);
          if (way === undefined) {
            expect(found.names.indexOf(other)).toBeLessThan(found.names.indexOf(name));
            continue;
          }
          expect([way[0], way[1], way.at(-1)]).toEqual([name, other, name]);
          for (const [index, step] of way.slice(1).entries())
            expect(graph.get(way[index] ?? '')).toContain(step);
        }
      }
    }),
  );
});
