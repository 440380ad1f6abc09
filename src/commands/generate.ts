import { join, resolve } from 'node:path';
import type { RenderedFile } from '../adapters/types.ts';
import { renderShims } from '../dkms/shims.ts';
import { writeAtomically } from '../system/files.ts';
import { printJson, printLines } from './output.ts';

/** Where generated files go: below a folder, or to the screen. */
export interface Delivery {
  readonly output: string | undefined;
  readonly json: boolean;
  /** What else the JSON document says. */
  readonly about?: object | undefined;
}

/** `kmodsmith generate shims`: what a package of the drop-in has besides `dkms`. */
export async function runGenerateShims(delivery: Delivery): Promise<number> {
  return deliver(renderShims(), delivery);
}

/** Writes files below a folder and names them, or shows them; a single one as it is. */
export async function deliver(
  files: readonly RenderedFile[],
  { output, json, about }: Delivery,
): Promise<number> {
  if (output !== undefined) {
    for (const file of files)
      await writeAtomically(join(resolve(output), file.path), file.content, file.mode);
  }
  const [first] = files;
  if (json) printJson({ version: 1, ...about, files });
  else if (output !== undefined) printLines(files.map((file) => join(output, file.path)));
  else if (files.length === 1 && first !== undefined) process.stdout.write(first.content);
  else printLines(files.flatMap(screenLines));
  return 0;
}

function screenLines({ path, mode, content }: RenderedFile): string[] {
  return [`# ${path} (mode ${mode.toString(8)})`, content];
}
