import { readLimited } from '../system/files.ts';
import { insideRoot, resolveInRoot } from '../system/root.ts';
import type { PolicyProblem } from './policy-file.ts';

/** Bytes. A policy is a few lines; more is a mistake, and a hook should not wait for it. */
const maximumSize = 1024 * 1024;

export type DropInText = { readonly text: string } | { readonly problem: PolicyProblem };

/**
 * The text of a drop-in, empty when it is masked: a link to /dev/null, whether there is a /dev to look at or not.
 * What cannot be read as text becomes a problem; never throws. `file` is a path of the host, below `root`.
 */
export async function readDropIn({ root, file }: { root: string; file: string }): Promise<DropInText> {
  try {
    const target = await resolveInRoot(root, insideRoot(root, file));
    return insideRoot(root, target) === '/dev/null' ? { text: '' } : await readText({ file, target });
  } catch (error) {
    return problem(file, `cannot be read: ${reasonOf(error)}`);
  }
}

/** The reason in the words of the system, without the path that Node appends. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message.split(', ')[0] ?? code ?? String(error);
}

async function readText({ file, target }: { file: string; target: string }): Promise<DropInText> {
  const bytes = await readLimited(target, maximumSize);
  if (bytes === 'folder') return problem(file, 'is a directory');
  if (bytes === 'other') return problem(file, 'is not a regular file');
  return bytes === 'large' ? problem(file, 'is larger than 1 MiB') : decode(file, bytes);
}

function decode(file: string, bytes: Buffer): DropInText {
  const invalid = firstInvalidLine(bytes);
  if (invalid !== undefined) return problem(file, 'is not valid UTF-8', invalid);
  return { text: new TextDecoder().decode(bytes) };
}

/** A newline byte is never part of a longer UTF-8 sequence, so that each line can be judged by itself. */
function firstInvalidLine(bytes: Buffer): number | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    try {
      decoder.decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
  return undefined;
}

function problem(file: string, message: string, line?: number): DropInText {
  return { problem: { file, ...(line !== undefined && { line }), message } };
}
