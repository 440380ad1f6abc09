import type { BuildSettings } from '../build/request.ts';

/** What programs say that miss the rights, the places or the network that a sandbox keeps from them. */
const denials =
  /Read-only file system|Permission denied|Operation not permitted|Network is unreachable|(not|n't) resolve host|name resolution/i;

/** Where to read more of a failure; and of the sandbox, when that may be the reason. `said` is what the program said. */
export function logHint(log: string, said: string, { sandbox }: Pick<BuildSettings, 'sandbox'>): string {
  const whole = `The whole log: ${log}`;
  if (sandbox === undefined || !denials.test(said)) return whole;
  return `${whole}. It was built in a sandbox; the knob sandbox = 'off' for this module builds it without.`;
}
