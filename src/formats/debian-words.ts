/** The newest entry's version, without what Debian adds to upstream's: deb-changelog(5), deb-version(7). */
export function upstreamVersion(changelog: string): string | undefined {
  const [, version] = /^\S+ \(([^()\s]+)\)/m.exec(changelog.trimStart()) ?? [];
  return version?.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** May this be the name of a package: Debian policy, section 5.6.1? */
export function isPackageName(text: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]+$/.test(text);
}
