/** May this be the name of a package of rpm's? Its own rule, and what distributions allow of it: rpm-spec(5), Name. */
export function isRpmPackageName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(text);
}
