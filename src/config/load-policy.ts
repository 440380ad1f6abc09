import { join } from 'node:path';
import { KmodsmithError } from '../errors.ts';
import { listNames } from '../system/files.ts';
import { resolveInRoot } from '../system/root.ts';
import { formatProblem } from './format-problem.ts';
import { type LoadedPolicy, mergePolicy } from './merge-policy.ts';
import {
  emptyPolicyFile,
  type ParsedPolicyFile,
  type PolicyProblem,
  parsePolicyFile,
} from './policy-file.ts';
import { readDropIn, reasonOf } from './read-drop-in.ts';

/** Relative to the root; a file in the later directory replaces its namesake in the earlier one. */
const policyDirectories = ['usr/lib/kmodsmith/policy.d', 'etc/kmodsmith/policy.d'] as const;

/**
 * The effective policy of the system below `root`, where each value came from, and every problem found on the way.
 * Bad content never throws: hooks must go on with what is valid. A file that replaces another one does so as a
 * whole, even when it is broken: what it says wrong falls back to the files before it in the order, then to the default.
 */
export async function loadPolicy(root: string): Promise<LoadedPolicy> {
  const directories = await Promise.all(policyDirectories.map((path) => listDropIns(root, path)));
  const byName = new Map(directories.flatMap((directory) => directory.files));
  const files = await Promise.all(
    [...byName].sort(byCLocale).map(([, file]) => readPolicyFile({ root, file })),
  );
  return mergePolicy([...directories.map(({ problems }) => ({ ...emptyPolicyFile, problems })), ...files]);
}

/** One file, a path of the host below `root`. Never throws: a file that cannot be read has a problem. */
export async function readPolicyFile(place: { root: string; file: string }): Promise<ParsedPolicyFile> {
  const read = await readDropIn(place);
  return 'text' in read
    ? parsePolicyFile({ file: place.file, text: read.text })
    : { ...emptyPolicyFile, problems: [read.problem] };
}

/**
 * For commands that a person waits for: refuses to go on with a policy that is not valid.
 * @throws KmodsmithError POLICY_INVALID, naming every problem
 */
export function assertPolicy(loaded: LoadedPolicy): void {
  const { problems } = loaded;
  if (problems.length === 0) return;
  const title =
    problems.length === 1 ? 'the policy has a problem' : `the policy has ${problems.length} problems`;
  throw new KmodsmithError('POLICY_INVALID', [title, ...problems.map(formatProblem)].join('\n'));
}

interface Listing {
  readonly files: readonly (readonly [name: string, path: string])[];
  readonly problems: readonly PolicyProblem[];
}

async function listDropIns(root: string, path: string): Promise<Listing> {
  const directory = join(root, path);
  try {
    const names = await listNames(await resolveInRoot(root, path));
    const dropIns = names.filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
    return { files: dropIns.map((name) => [name, join(directory, name)]), problems: [] };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { files: [], problems: [] };
    return { files: [], problems: [{ file: directory, message: `cannot be listed: ${reasonOf(error)}` }] };
  }
}

/** As `LC_ALL=C sort` does: byte by byte. */
function byCLocale([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
