import { join, resolve } from 'node:path';
import { findAdapter } from '../adapters/index.ts';
import type { RenderedFile } from '../adapters/types.ts';
import { writeAtomically } from '../system/files.ts';
import { printJson, printLines } from './output.ts';

export interface GenerateOptions {
  readonly adapter: string;
  readonly kind: 'toolkit';
  readonly output: string | undefined;
  readonly json: boolean;
}

/** `kmodsmith generate ADAPTER KIND`: renders native hook files, to the screen or below a folder. */
export async function runGenerate({ adapter, kind, output, json }: GenerateOptions): Promise<number> {
  const files = findAdapter(adapter).renderHooks({ kind });
  if (output !== undefined) {
    for (const file of files)
      await writeAtomically(join(resolve(output), file.path), file.content, file.mode);
  }
  if (json) printJson({ version: 1, files });
  else
    printLines(
      output === undefined ? files.flatMap(screenLines) : files.map((file) => join(output, file.path)),
    );
  return 0;
}

function screenLines({ path, mode, content }: RenderedFile): string[] {
  return [`# ${path} (mode ${mode.toString(8)})`, content];
}
