/**
 * JSON text that is the same for the same data: the members of an object are in one order, whatever order they came in,
 * and what is undefined is left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member) => (isObject(member) ? sorted(member) : member)) ?? '';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(members: object): object {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
