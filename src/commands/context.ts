import { resolve } from 'node:path';
import { type Framework, readFramework } from '../config/framework.ts';
import { assertPolicy, loadPolicy } from '../config/load-policy.ts';
import type { LoadedPolicy } from '../config/merge-policy.ts';
import { type Layout, layoutOf } from '../core/layout.ts';
import { KmodsmithError } from '../errors.ts';
import { isKernelRelease, isModuleName, isModuleVersion } from '../formats/release-words.ts';
import { moduleKey } from '../policy/identity.ts';
import type { Policies } from '../policy/policies.ts';
import type { ModuleId, PackageEvent } from '../policy/types.ts';
import { now } from '../system/clock.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly root: string;
  readonly json: boolean;
  /** Of commands that may build. */
  readonly jobs?: string | undefined;
}

/** Where to work and by which rules; a policy with a mistake stops an interactive command. */
export async function openContext({ root, jobs }: CommonOptions): Promise<Context> {
  const absolute = resolve(root);
  const loaded = await loadPolicy(absolute);
  assertPolicy(loaded);
  const framework = await readFramework(absolute);
  return {
    ...{ layout: layoutOf(absolute, framework), framework, policies: loaded.policies, loaded },
    ...(jobs !== undefined && { jobs: parseJobs(jobs) }),
  };
}

export interface Context {
  readonly layout: Layout;
  readonly framework: Framework;
  readonly policies: Policies;
  /** The same, with what set each value. */
  readonly loaded: LoadedPolicy;
  /** How many compilers may run side by side, where somebody said it. */
  readonly jobs?: number;
}

/** What makes a run look at everything, besides whatever else there is. */
export function everythingEvent(): PackageEvent {
  return { subject: 'toolkit', transition: 'upgrade', at: now() };
}

/** @throws KmodsmithError USAGE for what is no number of jobs. */
function parseJobs(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new KmodsmithError('USAGE', `'${text}' is not a number of jobs`, {
    hint: 'Give a number from 1 on.',
  });
}

/** @throws KmodsmithError USAGE for anything but `name/version`. */
export function parseModule(text: string): ModuleId {
  const [name = '', version = '', ...rest] = text.split('/');
  if (rest.length === 0 && isModuleName(name) && isModuleVersion(version)) return { name, version };
  throw new KmodsmithError('USAGE', `'${text}' is not a module`, {
    hint: 'Give it as name/version, for example v4l2loopback/0.15.0.',
  });
}

/** @throws KmodsmithError USAGE for what cannot be a module's name. */
export function parseModuleName(text: string): { name: string } {
  if (isModuleName(text)) return { name: text };
  throw new KmodsmithError('USAGE', `'${text}' is not the name of a module`, {
    hint: 'Give a name, or name/version.',
  });
}

/** @throws KmodsmithError USAGE for what cannot be a kernel release. */
export function parseKernel(text: string): string {
  if (isKernelRelease(text)) return text;
  throw new KmodsmithError('USAGE', `'${text}' is not a kernel release`, {
    hint: "Give it as 'uname -r' prints it.",
  });
}

/** Whether a module is what somebody asked for by `name` or `name/version`; without that, every module is. */
export function isNamed(module: ModuleId, asked: string | undefined): boolean {
  return asked === undefined || asked === module.name || asked === moduleKey(module);
}
