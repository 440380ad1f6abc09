import { makeKeyPair } from '../../core/signing/mok.ts';
import { findKeyPair } from '../../core/signing/signing-keys.ts';
import type { DkmsContext } from '../context.ts';
import { enrolmentLines } from '../signing.ts';

/**
 * `dkms generate_mok`: makes the key and the certificate that modules are signed with, unless both are there
 * (dkms-compat.md section 3.3).
 * @throws KmodsmithError SIGNING_KEY_FAILED.
 */
export async function generateMok(context: DkmsContext): Promise<number> {
  const { layout, framework, distribution, environment, output } = context;
  const pair = await findKeyPair({ layout, settings: framework.signing, distribution, environment });
  const isMade = await makeKeyPair(pair, { layout, environment });
  output.say(`Signing key: ${pair.key}`);
  output.say(`Public certificate (MOK): ${pair.certificate}`);
  for (const line of isMade ? enrolmentLines(pair.certificate) : ['Both are there; nothing was made.'])
    output.say(line);
  return 0;
}
