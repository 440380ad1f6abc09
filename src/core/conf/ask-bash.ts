import { run } from '../../system/exec.ts';
import { whyNot } from '../sandbox/sandbox.ts';
import type { ConfRequest, Evaluation } from './dkms-conf.ts';
import program from './evaluate-conf.sh';

/** What a shell is kept in. */
export interface Enclosure {
  /** The words before its command line; without any it is free. */
  readonly words: readonly string[];
  /** The content of files, for a shell whose user may not read them. */
  readonly texts: ReadonlyMap<string, string>;
  /** Paths of which we want to know whether the shell can look at them. */
  readonly wanted: readonly string[];
}

export const noEnclosure: Enclosure = { words: [], texts: new Map(), wanted: [] };

/** Why no shell came to be, as a clause. */
export interface NotStarted {
  readonly because: string;
}

interface Asked {
  readonly answers: readonly Answer[];
  readonly unfinished: Answer;
  readonly timedOut: boolean;
  /** Those of the wanted paths that the shell cannot look at. */
  readonly hidden: ReadonlySet<string>;
}

/** Has one bash evaluate the requests, as far as it gets. */
export async function askBash(
  requests: readonly ConfRequest[],
  { names, timeoutSeconds, environment }: Evaluation,
  { words, texts, wanted }: Enclosure,
): Promise<Asked | NotStarted> {
  const argv = [...words, 'bash', '--noprofile', '--norc', '-c', program, '/usr/sbin/dkms', ...names];
  const lists = [[...texts].flat(), wanted, ...requests.flatMap(listsOf)];
  const input = lists
    .flatMap((list) => [String(list.length), ...list])
    .map((field) => `${field.replaceAll('\0', '')}\0`)
    .join('');
  // What bash says of a syntax error is to be understood, whatever the language of the caller.
  const env = { ...environment, LC_ALL: 'C' };
  const place = words.length === 0 ? {} : { cwd: '/' };
  const ended = await run(argv, { input, timeoutSeconds, env, ...place });
  const { hidden, position } = readStart(ended.stdout);
  if (position === undefined && words.length > 0) return { because: whyNot(argv, ended) };
  const fields = ended.stdout.split('\0').slice(position);
  return { ...decodeAnswers(fields, new Set(names)), hidden, timedOut: ended.timedOut };
}

function listsOf({ files, variables, winners = [] }: ConfRequest): (readonly string[])[] {
  return [Object.entries(variables).map(([name, value]) => `${name}=${value}`), files, winners];
}

/** What the shell says before it reads any dkms.conf, which might say the same. */
function readStart(output: string): { hidden: ReadonlySet<string>; position?: number } {
  const hidden = new Set<string>();
  const fields = output.split('\0');
  for (let position = 0; position + 3 < fields.length; position += 4) {
    const [kind, path = ''] = fields.slice(position);
    if (kind === 'started') return { hidden, position: position + 4 };
    if (kind === 'hidden') hidden.add(path);
  }
  return { hidden };
}

export interface Answer {
  readonly values: Record<string, Record<number, string>>;
  ended: boolean;
  said: string;
  status: string;
  /** When it came, in the life of its shell. */
  seconds: number;
}

export const noAnswer = (): Answer => ({ values: {}, ended: false, said: '', status: '', seconds: 0 });

/** Whatever a dkms.conf manages to write among the records, the rest is read as well as may be. */
function decodeAnswers(
  fields: readonly string[],
  names: ReadonlySet<string>,
): { answers: Answer[]; unfinished: Answer } {
  const answers: Answer[] = [];
  let answer = noAnswer();
  for (let position = 0; position + 3 < fields.length; position += 4) {
    const [kind, first = '', second = '', third = ''] = fields.slice(position, position + 4);
    if (kind === 'value' && names.has(first)) {
      const values = answer.values[first] ?? {};
      // An associative array has other indexes than numbers, which no directive has.
      if (/^\d+$/.test(second)) values[Number(second)] = tidyValue(third);
      answer.values[first] = values;
    } else if (kind === 'end') {
      answer.ended = true;
    } else if (kind === 'said') {
      answers.push({ ...answer, said: first, status: second, seconds: Number(third) });
      answer = noAnswer();
    }
  }
  return { answers, unfinished: answer };
}

/** As dkms reads values: on one line, without blanks or the carriage returns of DOS line ends around it. */
function tidyValue(value: string): string {
  const lines = value.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join(' ');
}
