import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { chown, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../errors.ts';
import { runChecked } from './exec.ts';
import { makeFolder } from './files.ts';

/**
 * A FIFO that holds tokens, a byte each. Who takes one out may work, and puts it back. Nobody else than root and its
 * owner may open it.
 */
export class TokenPipe {
  readonly path: string;
  /** For programs that we start: a read of it waits for a token. */
  readonly descriptor: number;
  readonly #own: number;

  private constructor(path: string) {
    this.path = path;
    this.descriptor = openSync(path, constants.O_RDWR);
    this.#own = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** @throws KmodsmithError COMMAND_FAILED, WRITE_FAILED. */
  static async make(
    path: string,
    owner?: { readonly uid: number; readonly gid: number },
  ): Promise<TokenPipe> {
    await makeFolder(dirname(path));
    await rm(path, { force: true });
    await runChecked(['mkfifo', '-m', '600', '--', path]);
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    return new TokenPipe(path);
  }

  put(): void {
    writeSync(this.#own, '+');
  }

  /** Whether there was one. */
  take(): boolean {
    try {
      return readSync(this.#own, Buffer.alloc(1)) === 1;
    } catch (error) {
      if (messageOf(error).startsWith('EAGAIN')) return false;
      throw error;
    }
  }

  async remove(): Promise<void> {
    closeSync(this.descriptor);
    closeSync(this.#own);
    await rm(this.path, { force: true });
  }
}
