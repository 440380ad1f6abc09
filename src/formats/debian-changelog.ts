/** The newest entry's version, without what Debian adds to upstream's: deb-changelog(5), deb-version(7). */
export function upstreamVersion(changelog: string): string | undefined {
  const [, version] = /^\S+ \(([^()\s]+)\)/m.exec(changelog.trimStart()) ?? [];
  return version?.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}
