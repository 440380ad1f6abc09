import { readBytes } from '../system/files.ts';
import { sha256 } from '../system/fingerprint.ts';
import type { ConfRequest, ConfResult } from './dkms-conf.ts';

/**
 * What was evaluated in this process, by everything that we give bash: the files' places and content, and all variables.
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
  const keys = await Promise.all(requests.map((request) => keyOf(request, evaluation)));
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
async function keyOf({ files, variables, winners = [] }: ConfRequest, evaluation: unknown): Promise<string> {
  const contents = await Promise.all(files.map((file) => readBytes(file).then(sha256, () => 'unreadable')));
  return JSON.stringify([files, contents, variables, winners, evaluation]);
}
