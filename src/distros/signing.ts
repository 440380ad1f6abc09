/** How a distribution has modules signed, where framework.conf does not say (dkms-compat.md section 3.3). */
export interface DistributionSigning {
  /** Where a kernel's sign-file is: an absolute path inside the root, or a program that is looked for in PATH. */
  readonly tools: (release: string) => readonly string[];
  /** Who keeps the machine's key; dkms itself when left out. */
  readonly keeper?: 'shim-signed' | 'portage';
}

export const debianSigning: DistributionSigning = {
  // The kbuild package is called after the release without its last dot and what follows it.
  tools: (release) => [`/usr/lib/linux-kbuild-${release.replace(/\.[^.]*$/, '')}/scripts/sign-file`],
};

export const ubuntuSigning: DistributionSigning = {
  tools: (release) => ['kmodsign', `/usr/src/linux-headers-${release}/scripts/sign-file`],
  keeper: 'shim-signed',
};

export const gentooSigning: DistributionSigning = {
  tools: (release) => [`/usr/src/linux-${release}/scripts/sign-file`],
  keeper: 'portage',
};
