import { KmodsmithError } from '../../errors.ts';
import { type RunOptions, type RunResult, run } from '../../system/exec.ts';
import { appendText, exists, writeAtomically } from '../../system/files.ts';
import { readPart, sizeOf } from '../../system/read-part.ts';
import { dkmsVersion } from '../dkms-version.ts';
import type { BuildRequest } from './request.ts';

/** One step of a build as make.log tells it. */
export interface LoggedStep {
  readonly description: string;
  /** The command as an admin would type it. */
  readonly command: string;
}

/** Bytes: more than anybody says who has something to say. */
const mostSaid = 16 * 1024 ** 2;

/** A build's make.log, in the form in which bug reporters know dkms's (dkms-compat.md section 4.1). */
export class BuildLog {
  readonly path: string;
  /** How far the file is ours: what comes after it the present step has written. */
  #length = 0;

  private constructor(path: string) {
    this.path = path;
  }

  /** Steps alone, without a title: no build. */
  static async startBare(path: string): Promise<BuildLog> {
    await writeAtomically(path, '');
    return new BuildLog(path);
  }

  static async start(path: string, request: BuildRequest): Promise<BuildLog> {
    const { module, kernel } = request;
    const log = new BuildLog(path);
    const what = `${module.name}/${module.version} for kernel ${kernel.release} (${kernel.arch})`;
    await writeAtomically(path, `DKMS (${dkmsVersion}) make.log for ${what}\n${new Date().toUTCString()}\n`);
    return log;
  }

  /** Runs a program with its output in the log. What it said is `said`. */
  async run(
    { description, command }: LoggedStep,
    argv: readonly string[],
    options: RunOptions,
  ): Promise<RunResult & { said: string }> {
    if (!(await exists(this.path)))
      throw new KmodsmithError('WRITE_FAILED', `${this.path} is gone: a script has removed the build folder`);
    await appendText(this.path, `\n${description}\n# command: ${command}\n`);
    this.#length = await sizeOf(this.path);
    const started = performance.now();
    const result = await run(argv, { ...options, logFile: this.path });
    const said = await readPart(this.path, this.#length, mostSaid);
    const time = new Date(performance.now() - started).toISOString().slice(11, 19);
    const end = `\n# exit code: ${result.exitCode}\n# elapsed time: ${time}\n${'-'.repeat(64)}\n`;
    // A script may remove the build folder, and the log with it.
    if (await exists(this.path)) await appendText(this.path, end);
    return { ...result, said };
  }
}
