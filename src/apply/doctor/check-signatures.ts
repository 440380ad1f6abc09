import { listSignatures, type SignedFile } from '../../core/signing/installed-signatures.ts';
import type { SignatureMachine } from '../../core/signing/judge-signature.ts';
import type { Diagnosis } from './diagnosis.ts';

const check = 'signatures';

interface Trust {
  /** Whether the kernel takes signed modules only. */
  readonly isEnforced: boolean;
  /** The serial number of the machine's certificate. */
  readonly serial: string | undefined;
}

/** Who signed the modules that are installed: those of one signer, or in one state, are one diagnosis. */
export async function checkSignatures(
  machine: SignatureMachine,
  { isEnforced, serial }: Trust,
): Promise<Diagnosis[]> {
  const states = new Map<string, SignedFile[]>();
  for (const file of await listSignatures(machine)) {
    const state = stateOf(file, serial);
    states.set(state, [...(states.get(state) ?? []), file]);
  }
  return [...states].map(([state, files]): Diagnosis => {
    const message = describeFiles(files, state);
    const isSound = files.every(({ signature }) => isGood(signature, isEnforced));
    if (isSound) return { check, level: 'ok', message };
    return { check, level: 'problem', message, next: rebuildFirst(files) };
  });
}

/** A signature that is there and wrong keeps a module out even where none is needed. */
function isGood(signature: SignedFile['signature'], isEnforced: boolean): boolean {
  if (signature === undefined) return !isEnforced;
  return signature !== 'damaged' && signature.checked !== 'broken';
}

function stateOf({ signature }: SignedFile, ownSerial: string | undefined): string {
  if (signature === undefined) return 'not signed';
  if (signature === 'damaged') return 'signed by a signature that is damaged, and no kernel loads that';
  const name = signature.signer === '' ? 'somebody whom the signature does not name' : signature.signer;
  const isOwn = signature.serial !== '' && signature.serial === ownSerial;
  const signer = isOwn ? `${name}, the key of this machine` : name;
  return signature.checked === 'broken'
    ? `not what was signed by ${signer}: the signature does not hold`
    : `signed by ${signer}`;
}

/** As many as are told by name. */
const shown = 3;

function describeFiles(files: readonly SignedFile[], state: string): string {
  const names = files.slice(0, shown).map(({ path }) => path);
  const others = files.length - names.length;
  const list = `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
  return `${files.length === 1 ? 'one installed module is' : `${files.length} installed modules are`} ${state}: ${list}`;
}

function rebuildFirst(files: readonly SignedFile[]): string {
  const [first] = files;
  if (first === undefined) return '';
  const { module, release } = first.at;
  return `kmodsmith install ${module.name}/${module.version} -k ${release} --rebuild`;
}
