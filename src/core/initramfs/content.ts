import type { Layout } from '../layout.ts';
import { type InitramfsTool, runInRoot } from './tool.ts';

/** Kernel objects by name, with underscores for dashes. */
export type ObjectNames = ReadonlySet<string>;

/** One name for a module, as the kernel itself has it: dashes are underscores there. */
export function kernelName(name: string): string {
  return name.replaceAll('-', '_');
}

/** The kernel objects in an image; undefined when that cannot be told. */
export async function readContent(
  layout: Layout,
  { list }: InitramfsTool,
  image: string,
): Promise<ObjectNames | undefined> {
  const listing = await runInRoot(layout, list(image), { timeoutSeconds: 300 }).catch(() => undefined);
  return listing?.exitCode === 0 ? parseListing(listing.stdout) : undefined;
}

/** Undefined for a listing without the first program: of an image of several parts, only some could be read. */
export function parseListing(text: string): ObjectNames | undefined {
  if (!/(^|[\s/])init(\s|$)/m.test(text)) return undefined;
  const paths = text.matchAll(/([^\s/]+)\.ko(?:\.(?:gz|xz|zst))?(?=\s|$)/gm);
  return new Set([...paths].map(([, name = '']) => kernelName(name)));
}
