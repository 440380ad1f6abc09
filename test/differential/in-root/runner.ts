import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { ObjectFacts, Observation, Scenario, StepObservation } from '../scenario.ts';
import { takeNotes } from './journal.ts';
import { layDown } from './lay-down.ts';
import { moduleIndexes } from './module-indexes.ts';
import { runLine } from './run-line.ts';
import { changesBetween, takeSnapshot } from './snapshot.ts';

/** Carries out scenarios, one JSON text a line on stdin, in the root it runs in; answers each with a line. */
const kernels = JSON.parse(readFileSync('/var/cache/test-debs/kernels.json', 'utf8')).kernels;
const names: Record<string, string> = {
  '{K}': kernels[0].release,
  '{R}': kernels[1].release,
  '{U}': release(),
};

const asksForStatus = /^dkms\b.* status\b/;

mkdirSync('/run/twins', { recursive: true });
for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (line === '') continue;
  const observation = await carryOut(
    JSON.parse(line.replaceAll(/\{[KRU]\}/g, (name) => names[name] ?? name)),
  );
  console.log(namesPutBack(JSON.stringify(observation)));
}

async function carryOut(scenario: Scenario): Promise<Observation> {
  isolate('begin');
  try {
    layDown(scenario.files ?? {});
    const before = takeSnapshot();
    const objects: Record<string, ObjectFacts> = {};
    const steps: StepObservation[] = [];
    for (const line of scenario.steps) {
      const result = await runLine(line, scenario.env);
      const notes = takeNotes();
      const after = takeSnapshot();
      const changes = changesBetween(before, after, objects);
      const status = asksForStatus.test(line) ? '' : await statusAfter(line, changes, steps.at(-1));
      const litter = readdirSync('/tmp').sort();
      steps.push({ ...result, status, changes, indexes: moduleIndexes(after), notes, litter });
    }
    return { steps, objects };
  } finally {
    isolate('end');
  }
}

/** The same as before if a plain call of dkms has changed nothing. */
async function statusAfter(
  line: string,
  changes: StepObservation['changes'],
  previous: StepObservation | undefined,
): Promise<string> {
  const isSame = previous !== undefined && JSON.stringify(previous.changes) === JSON.stringify(changes);
  if (isSame && line.startsWith('dkms ') && previous.status !== '') return previous.status;
  const { stdout } = await runLine('dkms status');
  takeNotes();
  return stdout;
}

function isolate(verb: 'begin' | 'end'): void {
  execFileSync('/bin/sh', ['/opt/twins/isolate.sh', verb]);
}

/** The longer names first: one may be the beginning of another. */
function namesPutBack(text: string): string {
  const byLength = Object.entries(names).sort(([, one], [, other]) => other.length - one.length);
  return byLength.reduce((result, [name, real]) => result.replaceAll(real, name), text);
}
