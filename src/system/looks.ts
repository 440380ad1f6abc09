/**
 * What this process has looked at on the disk, present or not, and whether anything else came in: together they say when a
 * run would find the same again.
 */
const looks = new Set<string>();
let isWhole = true;

/** Every function that reads, lists or asks for a path tells it here. */
export function noteLook(path: string): void {
  // There is nothing by an empty name, ever.
  if (isWhole && path !== '') looks.add(path);
}

/** Something came in that no path stands for: what a program said, for one. */
export function noteUnseen(): void {
  isWhole = false;
  looks.clear();
}

/** All paths that were looked at; undefined when they are not all there was. */
export function wholeLook(): ReadonlySet<string> | undefined {
  return isWhole ? looks : undefined;
}
