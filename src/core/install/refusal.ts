import { KmodsmithError } from '../../errors.ts';
import type { BuildCoordinates } from '../layout.ts';

/** A kernel object that was not installed, and why (dkms-compat.md section 5.2). */
export type Refusal =
  | {
      readonly name: string;
      /** The kernel has a newer one, or the very same. */
      readonly because: 'newer' | 'same';
      /** Absolute path inside the root. */
      readonly found: string;
      /** MODULE_VERSION of both; empty where there is none. */
      readonly foundVersion: string;
      readonly version: string;
    }
  | {
      readonly name: string;
      /** The kernel has had it since a release. */
      readonly because: 'obsolete';
      readonly since: string;
    };

/** A refusal in words, without the module and the kernel. */
export function describeRefusal(refusal: Refusal): string {
  const file = `${refusal.name}.ko`;
  switch (refusal.because) {
    case 'obsolete':
      return `${file} is obsolete: the kernel has it from ${refusal.since} on (OBSOLETE_BY)`;
    case 'newer':
      return `${file} has the version ${orNone(refusal.version)}, and ${refusal.found} is newer: ${refusal.foundVersion}`;
    case 'same':
      return refusal.version === ''
        ? `${file} is the very module that is at ${refusal.found} already`
        : `${file} is at ${refusal.found} already, version ${refusal.version}`;
  }
}

function orNone(version: string): string {
  return version === '' ? '(none)' : version;
}

/** The error of an install that installs nothing. */
export function nothingInstalled({ module, release }: BuildCoordinates, refused: readonly Refusal[]) {
  const label = `${module.name}/${module.version}`;
  return new KmodsmithError(
    'INSTALL_REFUSED',
    `${module.name} ${module.version} for ${release}: nothing was installed. ${refused.map(describeRefusal).join('; ')}`,
    {
      hint: `What the kernel has stays in use. To put the module there all the same: dkms install --force ${label} -k ${release}`,
    },
  );
}
