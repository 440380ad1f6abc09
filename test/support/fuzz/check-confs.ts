import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { confText, type Evaluated, endlessText } from './confs.ts';
import type { Sandbox } from './sandbox.ts';

export interface ConfRun {
  readonly seed: number;
  readonly count: number;
  /** Of them, how many never end. */
  readonly endless: number;
}

export interface ConfOutcome {
  readonly inputs: number;
  readonly errors: number;
  /** What should not be, each with the text of the file. */
  readonly problems: readonly string[];
}

const batchSize = 60;
const timeoutSeconds = 3;

/**
 * Evaluates generated files by the hundred, as our commands do, every tenth a sound one that must come out right whatever
 * is before it.
 */
export async function fuzzConfs(sandbox: Sandbox, { seed, count, endless }: ConfRun): Promise<ConfOutcome> {
  const texts = fc.sample(confText, { seed, numRuns: count - endless });
  const loops = fc.sample(endlessText, { seed, numRuns: endless });
  for (const [index, text] of loops.entries()) texts.splice((index * 97) % texts.length, 0, text);
  const problems: string[] = [];
  let errors = 0;
  for (let start = 0; start < texts.length; start += batchSize) {
    const batch = texts.slice(start, start + batchSize);
    const { files, overridden } = writeBatch(sandbox, batch);
    const input = { files: overridden, winners: ['AUTOINSTALL=no'], timeoutSeconds };
    const results = await sandbox.run<Evaluated[]>(input, 300);
    for (const [index, file] of files.entries()) {
      const result = results[index];
      const wrong = findProblem(file, result);
      if (result?.error !== undefined) errors += 1;
      if (wrong !== undefined)
        problems.push(
          `${wrong} (seed ${seed}, input ${start + index}): ${JSON.stringify(String(batch[index]))}`,
        );
    }
    problems.push(...findLeftovers(sandbox));
  }
  return { inputs: texts.length, errors, problems };
}

/** The files of a batch, and each with what is read after it: now and then an override that is as bad. */
function writeBatch({ path }: Sandbox, texts: readonly Uint8Array[]) {
  const folder = join(path, 'confs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const files = texts.map((text, index) => {
    const isSound = index % 10 === 9;
    const file = join(folder, `${index}${isSound ? '-sound' : ''}.conf`);
    writeFileSync(file, isSound ? 'PACKAGE_NAME=sound$((6 * 7))' : text);
    return file;
  });
  const overridden = files.map((file, index) =>
    index % 7 === 3 && !file.endsWith('-sound.conf') ? [file, files[(index * 3) % files.length]] : [file],
  );
  return { files, overridden };
}

function findProblem(file: string, result: Evaluated | undefined): string | undefined {
  if (result === undefined) return 'no result';
  const { error, warnings = [], names, name, messages } = result;
  if (file.endsWith('-sound.conf') && name !== 'sound42')
    return `a sound file came out as ${JSON.stringify(result)}`;
  const nameless = [...(error === undefined ? [] : [error]), ...warnings, ...messages].find(
    (text) => !text.includes('.conf'),
  );
  if (nameless !== undefined) return `no file is named: ${nameless}`;
  const lineless = warnings.find((text) => !/, line \d+: /.test(text));
  if (lineless !== undefined) return `no line is named: ${lineless}`;
  if (names.length > 0) return `reported ${names.join()}`;
  return error === undefined || messages.length === 6 ? undefined : 'an error that was read as a dkms.conf';
}

/** Files may write into the folder they run in, which is ours; nothing is to be made beside it. */
function findLeftovers({ path }: Sandbox): string[] {
  const known = ['confs', 'cwd', 'program.mjs'];
  const found = readdirSync(path).filter((name) => !known.includes(name));
  rmSync(join(path, 'cwd'), { recursive: true, force: true });
  mkdirSync(join(path, 'cwd'));
  return found.map((name) => `${name} was made outside of the working folder`);
}
