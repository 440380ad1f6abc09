import { planBuild } from '../policy/requests.ts';
import { type PairOptions, requestPairs } from './request-pairs.ts';

/** `kmodsmith build NAME/VERSION… -k KERNEL…`: compiles by hand and installs nothing. */
export async function runBuild(options: PairOptions): Promise<number> {
  return requestPairs(options, planBuild);
}
