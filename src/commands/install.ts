import { planInstall } from '../policy/requests.ts';
import { type PairOptions, requestPairs } from './request-pairs.ts';

/** `kmodsmith install NAME/VERSION… -k KERNEL…`: builds and installs by hand, whatever AUTOINSTALL says. */
export async function runInstall(options: PairOptions): Promise<number> {
  return requestPairs(options, planInstall);
}
