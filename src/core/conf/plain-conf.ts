import { type ConfValues, confDirectives } from './directive-names.ts';

/** What is assigned to one directive: characters, and names of variables between them. */
interface Assignment {
  readonly name: string;
  readonly index: number;
  readonly parts: readonly (string | { readonly variable: string })[];
}

/** A dkms.conf of nothing but assignments, for any kernel. */
export type PlainConf = readonly Assignment[];

const skipped = /^[ \t]*(?:#.*)?$/;
const variable = String.raw`\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\}`;
const double = String.raw`"(?:[ \t!#%&'()*+,\-./0-9:;<=>?@A-Z[\]^_a-z{|}~]|${variable})*"`;
const single = String.raw`'[ \t!"#%&()*+,\-./0-9:;<=>?@A-Z[\]^_a-z{|}~]*'`;
const bare = String.raw`(?:[\w./:,+@%=-]|${variable})*`;
const assigned = new RegExp(
  String.raw`^[ \t]*([A-Z_]+)(?:\[(0|[1-9]\d{0,3})\])?=(${double}|${single}|${bare})(?:[ \t]+#.*|[ \t]*)$`,
);
const references = new RegExp(`(${variable})`);
const isDirective: ReadonlySet<string> = new Set(confDirectives);

/**
 * The assignments of a file, if bash would do no more with them than assign directives, each value one word whose
 * only expansions are plain `$name`; undefined for anything else. Most real dkms.conf are like that, and bash takes
 * milliseconds for each of them and each kernel.
 */
export function parsePlainConf(text: string): PlainConf | undefined {
  const assignments: Assignment[] = [];
  for (const line of text.split('\n')) {
    if (skipped.test(line)) continue;
    const [, name = '', index = '0', value = ''] = assigned.exec(line) ?? [];
    if (!isDirective.has(name)) return undefined;
    assignments.push({ name, index: Number(index), parts: partsOf(value) });
  }
  return assignments;
}

function partsOf(value: string): Assignment['parts'] {
  if (value.startsWith("'")) return [value.slice(1, -1)];
  const text = value.startsWith('"') ? value.slice(1, -1) : value;
  return text.split(references).map((part) => {
    return part.startsWith('$') ? { variable: part.replace(/[${}]/g, '') } : part;
  });
}

/**
 * What the assignments come to, as bash would find it; undefined where that takes more than they say: a variable that
 * is not given, or a value that would be expanded a second time.
 */
export function evaluatePlainConf(
  conf: PlainConf,
  variables: Readonly<Record<string, string>>,
): ConfValues | undefined {
  const values: Record<string, Record<number, string>> = {};
  const padded: Assignment[] = [];
  for (const assignment of conf) {
    const value = expand(assignment, { values, variables });
    if (value === undefined) return undefined;
    const { name, index } = assignment;
    const array = values[name] ?? {};
    values[name] = array;
    array[index] = value;
    if (/^\s|\s$/.test(value)) padded.push(assignment);
  }
  // Blanks around a value count where another value takes it in, and nowhere else.
  for (const { name, index } of padded) {
    const array = values[name];
    if (array?.[index] !== undefined) array[index] = array[index].trim();
  }
  return values;
}

function expand({ parts }: Assignment, known: Known): string | undefined {
  const [only = ''] = parts;
  if (parts.length < 2 && typeof only === 'string') return only;
  const words = parts.map((part) => (typeof part === 'string' ? part : lookUp(part.variable, known)));
  if (words.includes(undefined)) return undefined;
  const value = words.join('');
  return /[$`\\\n]/.test(value) ? undefined : value;
}

interface Known {
  readonly values: ConfValues;
  readonly variables: Readonly<Record<string, string>>;
}

/** Bash takes the first element of an array; what is not assigned yet is empty. */
function lookUp(name: string, { values, variables }: Known): string | undefined {
  if (isDirective.has(name)) return values[name]?.[0] ?? '';
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}
