import { normalise } from './normalise.ts';
import type { Entry, Note, Observation, Scenario, StepObservation } from './scenario.ts';

/** One thing that the twins do not agree on. */
export interface Difference {
  readonly scenario: string;
  /** Counted from one, and its line. */
  readonly step: number;
  readonly line: string;
  readonly field: 'exit' | 'output' | 'status' | 'tree' | 'index' | 'calls' | 'environment' | 'litter';
  /** The path, kernel or call it is about. */
  readonly subject: string;
  readonly oracle: string;
  readonly ours: string;
  /** What each said on stderr, the end of it, where their exit statuses differ. */
  readonly said?: readonly string[];
}

type Found = Pick<Difference, 'field' | 'subject' | 'oracle' | 'ours' | 'said'>;

/** A difference in the state is told at the first step that shows it. */
export function compare(scenario: Scenario, oracle: Observation, ours: Observation): Difference[] {
  const [theirSide, ourSide] = [normalise(oracle), normalise(ours)];
  const told = new Set<string>();
  return scenario.steps.flatMap((line, index) => {
    const [one, other] = [theirSide.steps[index], ourSide.steps[index]];
    if (one === undefined || other === undefined) throw new Error(`${scenario.name}: no step ${index + 1}`);
    return compareStep(line, { step: one, side: theirSide }, { step: other, side: ourSide })
      .filter((found) => isNew(found, told))
      .map((found) => ({ scenario: scenario.name, step: index + 1, line, ...found }));
  });
}

function isNew(found: Found, told: Set<string>): boolean {
  if (['exit', 'output', 'calls', 'environment'].includes(found.field)) return true;
  const key = JSON.stringify(found);
  if (told.has(key)) return false;
  told.add(key);
  return true;
}

interface Seen {
  readonly step: StepObservation;
  readonly side: Observation;
}

function compareStep(line: string, oracle: Seen, ours: Seen): Found[] {
  const [one, other] = [oracle.step, ours.step];
  const indexes = (step: StepObservation) => new Map(Object.entries(step.indexes));
  return [
    ...pair('exit', '', String(one.exit), String(other.exit)).map((found) => ({
      ...found,
      said: [...ending('dkms', one.stderr), ...ending('ours', other.stderr)],
    })),
    ...(printsContract.test(line) && one.exit === 0 ? pair('output', '', one.stdout, other.stdout) : []),
    ...pair('status', '', one.status, other.status),
    ...pairs('tree', describeTree(oracle), describeTree(ours)),
    ...pairs('index', indexes(one), indexes(other)),
    ...compareNotes(one.notes, other.notes),
    ...pair('litter', '/tmp', one.litter.join('\n'), other.litter.join('\n')),
  ];
}

/** The only actions whose words others parse; a refusal comes with words of its own. */
const printsContract = /dkms\b.*\s(status|--version|-V)\b/;

function ending(side: string, text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-4).map((line) => `${side}: ${line}`);
}

function pair(field: Found['field'], subject: string, oracle: string, ours: string): Found[] {
  return oracle === ours ? [] : [{ field, subject, oracle, ours }];
}

function pairs(
  field: Found['field'],
  oracle: ReadonlyMap<string, string>,
  ours: ReadonlyMap<string, string>,
): Found[] {
  const subjects = [...new Set([...oracle.keys(), ...ours.keys()])].sort();
  const missing = '(as before)';
  return subjects.flatMap((subject) =>
    pair(field, subject, oracle.get(subject) ?? missing, ours.get(subject) ?? missing),
  );
}

function describeTree({ step, side }: Seen): Map<string, string> {
  const described = Object.entries(step.changes).map(
    ([path, entry]) => [path, describe(entry, side)] as const,
  );
  return new Map(described);
}

function describe(entry: Entry | null, { objects }: Observation): string {
  if (entry === null) return '(gone)';
  const { kind, mode, owner, target, hash, text, members, oldTime } = entry;
  const object = hash === undefined ? undefined : objects[hash];
  const debug = object?.hasDebugSections ? 'with debug sections' : 'without debug sections';
  return [
    `${kind} ${mode} ${owner}${target === undefined ? '' : ` -> ${target}`}`,
    ...(oldTime === undefined ? [] : [oldTime ? 'time kept' : 'time now']),
    ...(hash === undefined ? [] : [`content ${hash}`]),
    ...(object === undefined ? [] : [debug, ...object.info]),
    ...(members ?? []),
    ...(text === undefined ? [] : [text]),
  ].join('\n');
}

function compareNotes(oracle: readonly Note[], ours: readonly Note[]): Found[] {
  const called = (notes: readonly Note[]) =>
    notes.map(({ name, argv, cwd }) => `${name}: ${argv.map(quote).join(' ')} (in ${cwd})`).join('\n');
  const order = pair('calls', '', called(oracle), called(ours));
  if (order.length > 0) return order;
  return oracle.flatMap((note, index) => {
    const variables = (env: Readonly<Record<string, string>> = {}) => new Map(Object.entries(env));
    return pairs('environment', variables(note.env), variables(ours[index]?.env)).map((found) => ({
      ...found,
      subject: `${note.name} ${found.subject}`,
    }));
  });
}

function quote(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : JSON.stringify(word);
}
