import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/formats/canonical-json.ts';

it.each<[unknown, string]>([
  [{ b: 1, a: { d: [], c: 'x' } }, '{"a":{"c":"x","d":[]},"b":1}'],
  [[{ b: 1, a: undefined }, 2, undefined], '[{"b":1},2,null]'],
  [{ é: 1, Z: 2, a: 3, '10': 4, '9': 5 }, '{"9":5,"10":4,"Z":2,"a":3,"é":1}'],
  [JSON.parse('{"b":1,"__proto__":{"y":1,"x":2}}'), '{"__proto__":{"x":2,"y":1},"b":1}'],
  [1732320000000.123, '1732320000000.123'],
  [null, 'null'],
  [undefined, ''],
])('%j', (value, text) => expect(canonicalJson(value)).toBe(text));

it('says the same of the same data, in whatever order it came', () => {
  expect(canonicalJson({ x: 1, y: [{ b: 2, a: 1 }] })).toBe(canonicalJson({ y: [{ a: 1, b: 2 }], x: 1 }));
});
