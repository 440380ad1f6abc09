import type { Entry, Note, Observation, StepObservation } from './scenario.ts';

/** Takes out of an observation what differs between two runs, or is ours alone by design. */
export function normalise({ steps, objects }: Observation): Observation {
  return { steps: steps.map(normaliseStep), objects };
}

function normaliseStep(step: StepObservation): StepObservation {
  return {
    ...step,
    stdout: step.stdout.replaceAll(/^dkms-[\d.]+$/gm, 'dkms-*'),
    changes: Object.fromEntries(
      Object.entries(step.changes)
        .filter(([path]) => !oursAlone.test(path))
        .map(([path, entry]) => [path, entry && normaliseEntry(path, entry)]),
    ),
    notes: step.notes.filter((note) => !note.argv.includes('show-CC')).map(normaliseNote),
    litter: step.litter.map((name) => name.replace(/\.[A-Za-z0-9]{6,}$/, '.*')),
  };
}

/** Records that the drop-in keeps beside what dkms knows. */
const oursAlone = /\/(provenance|manifest)\.json$|^\/var\/lib\/dkms\/\.kmodsmith|^\/var\/lib\/dkms\/lock$/;
const logFile = /\/(make|post_transaction)\.log$/;
const signingKey = /\/mok\.(key|pub)$/;

function normaliseEntry(path: string, { text, members, ...entry }: Entry): Entry {
  if (members !== undefined) return { ...entry, members: normaliseMembers(members) };
  if (text === undefined || signingKey.test(path)) return entry;
  return { ...entry, text: logFile.test(path) ? loggedStatuses(text) : text };
}

/** With or without the folder it was made in: unpacked it is the same. */
function normaliseMembers(members: readonly string[]): string[] {
  const names = members.filter((name) => !oursAlone.test(name) && !name.endsWith(' ./'));
  return names.map((name) => name.replace(' ./', ' ').replace(/^l\S+/, 'l')).sort();
}

/** Of a log only how each command ended: the rest is wording, and what was called is in the notes. */
function loggedStatuses(log: string): string {
  return log
    .split('\n')
    .filter((line) => /^# exit code:/.test(line))
    .join('\n');
}

/** What the shell, make and we ourselves put into the environment. */
const incidental = /^(PWD|OLDPWD|_|SHLVL|MAKEFLAGS|MFLAGS|MAKELEVEL|MAKE_TERM(OUT|ERR)|PS4|KMODSMITH_.*)$/;

function normaliseNote({ name, argv, cwd, env }: Note): Note {
  const kept = Object.entries(env).filter(([variable]) => !incidental.test(variable));
  return {
    name: withoutTemporaryNames(name),
    argv: argv.map(withoutTemporaryNames),
    cwd: withoutTemporaryNames(cwd),
    env: Object.fromEntries(kept.map(([variable, value]) => [variable, withoutTemporaryNames(value)])),
  };
}

function withoutTemporaryNames(text: string): string {
  return text.replaceAll(/\/tmp\/[\w-]+\.[A-Za-z0-9]{6,}/g, '/tmp/*');
}
