/** Longest utsname field without its NUL, in bytes; longest file name, in bytes. */
const utsnameLimit = 64;
const fileNameLimit = 255;

/**
 * May this be a kernel release (`uname -r`) and as such one component of a path? Guards every path built from one
 * against traversal, option injection (`-x`) and broken lines.
 */
export function isKernelRelease(text: string): boolean {
  return /^[^\s/\p{C}.-][^\s/\p{C}]*$/u.test(text) && byteLength(text) <= utsnameLimit;
}

/** May this be the name of a dkms module: one safe path component? */
export function isModuleName(text: string): boolean {
  return isSafeWord(text);
}

/** May this be the version of a dkms module: one safe path component? */
export function isModuleVersion(text: string): boolean {
  return isSafeWord(text);
}

function isSafeWord(text: string): boolean {
  return (
    text.length <= fileNameLimit && /^(?!\.{1,2}$)[A-Za-z0-9+~:._^@,=][A-Za-z0-9+~:._^@,=-]*$/.test(text)
  );
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
