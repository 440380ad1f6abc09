import { formatProblem } from '../../config/format-problem.ts';
import { readFramework } from '../../config/framework.ts';
import { loadPolicy } from '../../config/load-policy.ts';
import type { PolicyProblem } from '../../config/policy-file.ts';
import { layoutOf } from '../../core/layout.ts';
import { now } from '../../system/clock.ts';
import { isLocked } from '../../system/lock.ts';
import { plan } from '../reconcile.ts';
import { findFaults } from '../repair.ts';
import { checkHooks } from './check-hooks.ts';
import { checkHeaders, checkToolchains } from './check-kernels.ts';
import { checkSigning } from './check-signing.ts';
import { checkInstalled, checkModules, checkQueue, checkSpace } from './check-state.ts';
import { checkSystem } from './check-system.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Looks at every side of the system below `root`, an absolute path. Mistakes in its settings are findings, too. */
export async function examine(root: string): Promise<Diagnosis[]> {
  const loaded = await loadPolicy(root);
  const { policies, problems } = loaded;
  const warnings: string[] = [];
  const framework = await readFramework(root, { onWarning: (message) => warnings.push(message) });
  const layout = layoutOf(root, framework);
  const options = { layout, framework, policies };
  const event = { subject: 'toolkit', transition: 'upgrade', at: now() } as const;
  const { survey, queue, plan: planned } = await plan({ ...options, events: [event] });
  const { facts, distribution } = survey;
  return [
    ...(await checkSystem(layout)),
    ...checkPolicy(problems),
    ...checkFramework(warnings),
    ...(await checkHooks(layout)),
    ...checkQueue(queue),
    ...checkModules(facts),
    ...checkHeaders(planned, facts),
    ...(await checkToolchains(layout, facts)),
    ...(await checkSpace(layout)),
    ...(await checkTree(options)),
    ...(await checkSigning({ layout, distribution, loaded })),
  ];
}

/** What another engine has in its hands is not as it will be. */
async function checkTree(options: Parameters<typeof findFaults>[0]): Promise<Diagnosis[]> {
  if (!(await isLocked(options.layout.lock))) return checkInstalled(await findFaults(options));
  const message = 'another kmodsmith is at work, so what is installed was not looked at';
  return [{ check: 'installed', level: 'note', message, next: 'kmodsmith doctor, when it is done' }];
}

function checkPolicy(problems: readonly PolicyProblem[]): Diagnosis[] {
  const check = 'policy';
  if (problems.length === 0) return [{ check, level: 'ok', message: 'the policy files are valid' }];
  return problems.map((problem) => ({
    check,
    level: 'problem',
    message: formatProblem(problem),
    next: `mend ${problem.file}, then: kmodsmith policy check ${problem.file}`,
  }));
}

function checkFramework(warnings: readonly string[]): Diagnosis[] {
  return warnings.map((message) => ({
    check: 'framework',
    level: 'problem',
    message,
    next: 'mend it in /etc/dkms/framework.conf or framework.conf.d',
  }));
}
