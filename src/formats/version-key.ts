/**
 * Orders versions as dkms does for BUILD_EXCLUSIVE_KERNEL_MIN and _MAX: digit runs by their number, other characters
 * by their bytes, a prefix first, blanks ignored. So 1.9 < 1.10 and 4.12 < 4.12-rc1 < 4.12.1.
 * Unlike dkms (which pads to three digits and compares in the locale) 999 < 1000, everywhere alike.
 */
export function compareVersionKeys(a: string, b: string): -1 | 0 | 1 {
  const left = versionParts(a);
  const right = versionParts(b);
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const order = compareParts(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return sign(left.length - right.length);
}

/** Digit runs without leading zeros, and single other characters. */
function versionParts(version: string): string[] {
  const runs = version.match(/[0-9]+|[^0-9\s]/gu) ?? [];
  return runs.map((run) => (isNumber(run) ? run.replace(/^0+(?=.)/, '') : run));
}

// A number against another character compares by its first digit, so all numbers sit together between / and :.
function compareParts(a: string, b: string): -1 | 0 | 1 {
  if (isNumber(a) && isNumber(b) && a.length !== b.length) return sign(a.length - b.length);
  if (isNumber(a) && isNumber(b)) return a === b ? 0 : sign(a < b ? -1 : 1);
  // Code points order as UTF-8 bytes do; UTF-16 units would not.
  return sign((a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}

const isNumber = (part: string): boolean => part >= '0' && part < ':';

const sign = (difference: number): -1 | 0 | 1 => (difference < 0 ? -1 : difference > 0 ? 1 : 0);
