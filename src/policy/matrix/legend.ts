/** What the letters and words of the cells mean; no full stop. */
export const legend: Readonly<Record<string, string>> = {
  A: 'registered',
  B: 'built and installed',
  S: 'rebuilt where something that went into the build has changed, else kept; swapped once the new build is checked',
  F: 'rebuilt in any case, and swapped in the same way',
  carry: 'the new version is built where the old one was, and takes its place; the old one goes after that',
  U: 'uninstalled, and the build deleted',
  'U then B': 'uninstalled and deleted by the same plan before the new build is there',
  R: 'deregistered',
  K: 'kept as it is',
  '–': 'nothing',
  install: 'an existing build is installed',
  uninstall: 'uninstalled; the build stays',
  'waits for headers': 'shown by status with the package to install, and built when they arrive',
  warn: 'a build failed, or has to wait: reported, and the package operation succeeds',
  fail: 'a build failed, or has to wait: reported, and the package operation fails',
  'if stale': 'where something that went into a build has changed',
  everywhere: 'for all kernels with headers',
  elsewhere: 'for the other kernels with headers, or with a build',
};

/** The entries of the legend that the cells make use of. */
export function legendFor(texts: readonly string[]): [sign: string, meaning: string][] {
  const isUsed = (sign: string) =>
    texts.some((text) => ` ${text.replaceAll(',', ' ')} `.includes(` ${sign} `));
  return Object.entries(legend).filter(([sign]) => isUsed(sign));
}
