import type { TestRoot } from './roots.ts';

/** What dpkg, apt and the user database keep by themselves, and what tests bring. */
const pruned = [
  ...['/proc', '/sys', '/dev', '/run', '/srv', '/tmp'],
  ...['/var/lib/dpkg', '/var/lib/apt', '/var/cache', '/var/log'],
];

/** All files of a root, but for those that are nobody's. */
export async function listFiles(root: TestRoot): Promise<string[]> {
  const outside = pruned.flatMap((path) => ['-o', '-path', path]).slice(1);
  const argv = ['find', '/', '-xdev', '(', ...outside, ')', '-prune', '-o', '-print'];
  return (await root.run(argv)).stdout.split('\n').slice(0, -1).sort();
}

/** What is there now and was not before. */
export async function leftBehind(root: TestRoot, before: readonly string[]): Promise<string[]> {
  const known = new Set(before);
  return (await listFiles(root)).filter((path) => !known.has(path));
}
