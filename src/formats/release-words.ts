/** Longest utsname field without its NUL, in bytes. */
const utsnameLimit = 64;

/**
 * May this be a kernel release (`uname -r`) and as such one component of a path? Guards every path built from one
 * against traversal, option injection (`-x`) and broken lines.
 */
export function isKernelRelease(text: string): boolean {
  return /^[^\s/\p{C}.-][^\s/\p{C}]*$/u.test(text) && byteLength(text) <= utsnameLimit;
}

/** The name or the version of a dkms module as part of a regular expression: one safe component of a path. */
export const moduleWord = '(?!\\.{1,2}(?:/|$))[A-Za-z0-9+~:._^@,=][A-Za-z0-9+~:._^@,=-]{0,254}';

const wholeWord = new RegExp(`^${moduleWord}$`);

/** May this be the name of a dkms module: one safe path component? */
export function isModuleName(text: string): boolean {
  return wholeWord.test(text);
}

/** May this be the version of a dkms module: one safe path component? */
export function isModuleVersion(text: string): boolean {
  return wholeWord.test(text);
}

/** The absolute path of a program as part of a regular expression: one line, and not a folder's. */
export const programPath = '/(?:[^\\u0000-\\u001f\\u007f]*[^/\\u0000-\\u001f\\u007f])';

const wholePath = new RegExp(`^${programPath}$`);

/** May this be the absolute path of a program? */
export function isProgramPath(text: string): boolean {
  return wholePath.test(text);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
