/** The dkms whose behaviour the drop-in has; also what `dkms --version` says, since scripts compare it. */
export const dkmsVersion = 'dkms-3.4.3';
