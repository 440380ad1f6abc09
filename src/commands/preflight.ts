import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { preflight } from '../apply/preflight.ts';
import { KmodsmithError } from '../errors.ts';
import { explainForecasts } from '../policy/explain-preflight.ts';
import { type CommonOptions, openContext, parseKernel } from './context.ts';
import { printJson, printLines, progress } from './output.ts';

export interface PreflightOptions extends CommonOptions {
  readonly kernel: string;
  /** A build tree, or packages. */
  readonly headers: readonly string[];
  readonly build: boolean;
  readonly logs: string | undefined;
}

/** `kmodsmith preflight KERNEL [--headers PATH]… [--build]`: what the kernel would do to every module. Changes nothing. */
export async function runPreflight(options: PreflightOptions): Promise<number> {
  const release = parseKernel(options.kernel);
  const { build, logs } = options;
  if (logs !== undefined && !build) {
    throw new KmodsmithError('USAGE', '--logs is given without --build', { hint: 'Only builds have logs.' });
  }
  const context = await openContext(options);
  const { kernel, modules } = await preflight({
    ...{ ...context, release, build },
    headers: options.headers.map((path) => resolve(path)),
    ...(logs !== undefined && { logs: resolve(logs) }),
    temporaryFolder: temporaryFolder(context),
    onStart: progress.onStart,
  });
  if (options.json) printJson({ version: 1, kernel, modules });
  else printLines(explainForecasts(modules, release));
  return modules.some(({ severity }) => severity === 'failure') ? 1 : 0;
}

/** The caller's, for anybody may call; else the admin's. Never one inside another root, of which nothing is to change. */
function temporaryFolder({ layout, framework }: Awaited<ReturnType<typeof openContext>>): string {
  const isAdmins = process.env['TMPDIR'] === undefined && layout.root === '/';
  return isAdmins ? framework.temporaryFolder : tmpdir();
}
