import { open } from 'node:fs/promises';
import { KmodsmithError } from '../errors.ts';
import { loadExeca, searchPath } from './exec.ts';
import { noteUnseen } from './looks.ts';

/**
 * What a program that reads `inputFile` on its stdin writes to its stdout, as it comes. The program ends with the loop,
 * however early that is left.
 * @throws KmodsmithError COMMAND_FAILED when it cannot be started, ARCHIVE_INVALID when it fails: it is a decompressor.
 */
export async function* readOutput(argv: readonly string[], inputFile: string): AsyncGenerator<Buffer> {
  noteUnseen();
  const [program = '', ...args] = argv;
  const input = await open(inputFile);
  const execa = await loadExeca();
  const child = execa(program, args, {
    reject: false,
    extendEnv: false,
    env: { PATH: searchPath, LC_ALL: 'C' },
    // execa passes on any descriptor, although its types name few.
    stdin: input.fd as 0,
    stdout: 'pipe',
    buffer: { stdout: false, stderr: true },
  });
  try {
    if (child.pid === undefined) {
      throw new KmodsmithError('COMMAND_FAILED', `${inputFile} cannot be read without ${program}`, {
        hint: `Install the package that provides ${program}.`,
      });
    }
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const { failed, stderr } = await child;
    if (failed) {
      throw new KmodsmithError('ARCHIVE_INVALID', `${inputFile} is damaged: ${lastLine(stderr)}`, {
        hint: 'Get the archive again.',
      });
    }
  } finally {
    child.kill();
    await child;
    await input.close();
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
