import { readFileSync } from 'node:fs';
import { execute } from './process.ts';
import type { ScratchFolder } from './scratch-folder.ts';

/** Appends a signature to a module as sign-file does: `sign HASH KEY CERTIFICATE MODULE`, by openssl alone. */
const signFileScript = `#!/bin/sh
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl x509 -inform DER -in "$3" -out "$folder/pem"
openssl cms -sign -binary -noattr -nocerts -nosmimecap -md "$1" -outform DER -signer "$folder/pem" -inkey "$2" \\
  -in "$4" -out "$folder/cms"
length=$(stat -c %s "$folder/cms")
{
  cat "$folder/cms"
  printf '\\0\\0\\2\\0\\0\\0\\0\\0'
  printf "$(printf '\\\\%03o' 0 0 $((length / 256)) $((length % 256)))"
  printf '~Module signature appended~\\n'
} >>"$4"
`;

export interface Signer {
  readonly signFile: string;
  readonly key: string;
  /** DER. */
  readonly certificate: string;
  readonly der: Buffer;
}

/** A key, its certificate and what signs with them, below `folder` of a scratch root. */
export async function makeSigner(scratch: ScratchFolder, folder = 'signer'): Promise<Signer> {
  const signFile = scratch.write(`${folder}/sign-file`, signFileScript, 0o755);
  const [key, certificate] = [`${scratch.path}/${folder}/key`, `${scratch.path}/${folder}/certificate`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '9'];
  const files = ['-subj', `/CN=key of ${folder}/`, '-outform', 'DER', '-keyout', key, '-out', certificate];
  await execute(['openssl', 'req', '-new', '-x509', ...curve, ...files]);
  return { signFile, key, certificate, der: readFileSync(certificate) };
}
