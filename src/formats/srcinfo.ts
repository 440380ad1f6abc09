/** What a .SRCINFO says of the packages that a PKGBUILD makes: PKGBUILD(5), makepkg(8) `--printsrcinfo`. */
export interface Srcinfo {
  readonly base: string;
  /** The binary packages; at least one. */
  readonly packages: readonly string[];
  /** pkgver: without epoch and pkgrel. */
  readonly version: string;
}

/** Undefined for what is no .SRCINFO. */
export function parseSrcinfo(text: string): Srcinfo | undefined {
  const pairs = [...text.matchAll(/^\s*(\w+) = (.*)$/gm)].map(([, key = '', value = '']) => ({
    key,
    value: value.trim(),
  }));
  const valuesOf = (wanted: string) => pairs.filter(({ key }) => key === wanted).map(({ value }) => value);
  const [base] = valuesOf('pkgbase');
  const [version] = valuesOf('pkgver');
  const packages = valuesOf('pkgname');
  if (base === undefined || version === undefined || packages.length === 0) return undefined;
  return { base, packages, version };
}

/** May this be the name of a package of pacman's: PKGBUILD(5), pkgname? */
export function isArchPackageName(text: string): boolean {
  return /^[A-Za-z0-9@_+][A-Za-z0-9@._+-]*$/.test(text);
}
