/** Whether a name fits a shell pattern of `*`, `?` and `[...]` (dkms takes the module of `status` as one). */
export function fitsGlob(pattern: string, name: string): boolean {
  const source = pattern.replace(
    /\[(!|\^)?([^\]]+)\]|[\s\S]/g,
    (part, negated: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${negated === undefined ? '' : '^'}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (part === '*') return '.*';
      return part === '?' ? '.' : part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
    },
  );
  try {
    return new RegExp(`^${source}$`, 's').test(name);
  } catch {
    return pattern === name;
  }
}
