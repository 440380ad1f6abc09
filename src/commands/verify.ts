import { readDistribution } from '../core/facts.ts';
import type { Layout } from '../core/layout.ts';
import { listModules } from '../core/tree.ts';
import {
  type Finding,
  type Verification,
  type VerifiedFile,
  verifyInstalled,
} from '../core/verify/verify-installed.ts';
import { KmodsmithError } from '../errors.ts';
import { type CommonOptions, isNamed, openContext, parseModule, parseModuleName } from './context.ts';
import { printJson, printLines } from './output.ts';
import { parseKernels } from './request.ts';
import { adviseOn, describeFinding, explainVerification } from './verify-texts.ts';

export interface VerifyOptions extends CommonOptions {
  readonly module: string | undefined;
  /** None: all. */
  readonly kernel: readonly string[];
}

/** `kmodsmith verify [MODULE[/VERSION]] [-k KERNEL]…`: whether what is installed is in order. Changes nothing. */
export async function runVerify(options: VerifyOptions): Promise<number> {
  const releases = parseKernels(options.kernel);
  const { layout } = await openContext(options);
  await requireKnown(layout, options.module);
  const found = await verifyInstalled(layout, {
    distribution: await readDistribution(layout),
    isWanted: ({ module, release }) =>
      isNamed(module, options.module) && (releases.length === 0 || releases.includes(release)),
  });
  if (options.json) printJson(documentOf(found));
  else if (found.files.length === 0) printLines([nothingText(options)]);
  else printLines(explainVerification(found));
  return found.files.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function nothingText({ module, kernel }: VerifyOptions): string {
  const isAll = module === undefined && kernel.length === 0;
  return isAll ? 'No module is installed.' : 'Nothing of what was asked for is installed.';
}

/** Also what is not registered any more may be installed. */
async function requireKnown(layout: Layout, named: string | undefined): Promise<void> {
  if (named === undefined) return;
  if (named.includes('/')) parseModule(named);
  else parseModuleName(named);
  if ((await listModules(layout)).some((module) => isNamed(module, named))) return;
  throw new KmodsmithError('MODULE_UNKNOWN', `${named} is not registered`, {
    hint: "'kmodsmith status' lists what is.",
  });
}

function documentOf({ kernels, files }: Verification): object {
  const worded = (file: VerifiedFile) => (finding: Finding) => ({
    ...finding,
    message: describeFinding(file, finding),
    advice: adviseOn(file, finding),
  });
  return {
    version: 1,
    kernels,
    files: files.map((file) => ({ ...file, findings: file.findings.map(worded(file)) })),
  };
}
