import { readBytes } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { ConfRequest, ConfResult } from './dkms-conf.ts';

/**
 * What was evaluated in this process, by everything that we give bash: the files' places and content, and all variables;
 * and by how it is kept while it does.
 * Never for longer: a dkms.conf may run any command, and what that says of the machine nobody can see from outside.
 */
const known = new Map<string, ConfResult>();

/** Whoever changes what a dkms.conf may look at, by building or installing something, calls this. */
export function forgetConfs(): void {
  known.clear();
}

/** Evaluates only what is new; `evaluation` is what besides the requests decides about the results. */
export async function evaluateOnce(
  requests: readonly ConfRequest[],
  evaluation: unknown,
  evaluate: (fresh: readonly ConfRequest[]) => Promise<readonly ConfResult[]>,
): Promise<ConfResult[]> {
  const contents = await hashFiles(requests.flatMap(({ files }) => files));
  const keys = requests.map(({ files, variables, winners = [], sandbox = 'off' }) =>
    JSON.stringify([files, files.map((file) => contents.get(file)), variables, winners, sandbox, evaluation]),
  );
  const fresh = new Map(
    requests.flatMap((request, index) => {
      const key = keys[index] as string;
      return known.has(key) ? [] : [[key, request] as const];
    }),
  );
  const results = await evaluate([...fresh.values()]);
  const evaluated = new Map([...fresh.keys()].map((key, index) => [key, results[index] as ConfResult]));
  for (const [key, result] of evaluated) known.set(key, result);
  return keys.map((key) => (evaluated.get(key) ?? known.get(key)) as ConfResult);
}

/** A file that cannot be read any more has a content like no other. */
async function hashFiles(paths: readonly string[]): Promise<Map<string, string>> {
  const files = [...new Set(paths)];
  const hashes = await Promise.all(files.map((file) => readBytes(file).then(sha256, () => 'unreadable')));
  return new Map(files.map((file, index) => [file, hashes[index] as string]));
}
