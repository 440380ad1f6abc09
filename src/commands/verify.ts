import { readDistribution } from '../core/facts.ts';
import type { BuildCoordinates, Layout } from '../core/layout.ts';
import { listModules } from '../core/tree.ts';
import { type Finding, type VerifiedFile, verifyInstalled } from '../core/verify/verify-installed.ts';
import { verifyLinks } from '../core/weak-links/verify-links.ts';
import { describeLinkFault } from '../core/weak-links/weak-link.ts';
import { KmodsmithError } from '../errors.ts';
import { type CommonOptions, isNamed, openContext, parseModule, parseModuleName } from './context.ts';
import { printJson, printLines } from './output.ts';
import { parseKernels } from './request.ts';
import {
  adviseOn,
  adviseOnLink,
  describeFinding,
  explainVerification,
  type Verified,
} from './verify-texts.ts';

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
  const isWanted = ({ module, release }: BuildCoordinates) =>
    isNamed(module, options.module) && (releases.length === 0 || releases.includes(release));
  const distribution = await readDistribution(layout);
  const installed = await verifyInstalled(layout, { distribution, isWanted });
  const found: Verified = { ...installed, links: await verifyLinks(layout, isWanted) };
  const looked = [...found.files, ...found.links];
  if (options.json) printJson(documentOf(found));
  else if (looked.length === 0) printLines([nothingText(options)]);
  else printLines(explainVerification(found));
  return looked.some(({ findings }) => findings.length > 0) ? 1 : 0;
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

function documentOf({ kernels, files, links }: Verified): object {
  const worded = (file: VerifiedFile) => (finding: Finding) => ({
    ...finding,
    message: describeFinding(file, finding),
    advice: adviseOn(file, finding),
  });
  return {
    version: 1,
    kernels,
    files: files.map((file) => ({ ...file, findings: file.findings.map(worded(file)) })),
    links: links.map((link) => ({
      ...link,
      findings: link.findings.map((finding) => ({
        ...finding,
        message: describeLinkFault(link, finding),
        advice: adviseOnLink(link),
      })),
    })),
  };
}
