import { findProgram, identifyTool } from '../../core/build/toolchain.ts';
import { type KernelTree, readKernelTree } from '../../core/kernels.ts';
import type { Layout } from '../../core/layout.ts';
import { explainSkip, moduleLabel } from '../../policy/explain.ts';
import type { Facts, Plan, Skipped } from '../../policy/types.ts';
import type { Diagnosis } from './diagnosis.ts';

/** What modules wait for, kernel by kernel. */
export function checkHeaders({ skipped }: Plan, { modules }: Facts): Diagnosis[] {
  const waiting = skipped.filter(({ because }) => because.code.startsWith('headers-'));
  const releases = [...new Set(waiting.map(({ kernel }) => kernel))];
  const found = releases.map((release): Diagnosis => {
    const own = waiting.filter(({ kernel }) => kernel === release);
    const names = own.map(({ module }) => moduleLabel(module)).join(', ');
    const [first] = own as [Skipped, ...Skipped[]];
    return {
      check: 'headers',
      level: 'problem',
      message: `${names} for ${release}: ${explainSkip(first.because)}`,
      next: howToGet(first),
    };
  });
  const fine: Diagnosis = { check: 'headers', level: 'ok', message: 'no module waits for headers' };
  return found.length > 0 || modules.length === 0 ? found : [fine];
}

function howToGet({ because, kernel }: Skipped): string {
  const name = 'package' in because ? because.package : undefined;
  if (name !== undefined) return `install ${name}`;
  return because.code === 'headers-unusable'
    ? `install the headers of ${kernel} again, and a compiler`
    : `install the headers of exactly ${kernel}`;
}

/** Whether the compiler that a kernel was built with is there: another one may make modules that do not fit. */
export async function checkToolchains(layout: Layout, { kernels }: Facts): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const { release, headers } of kernels) {
    if (headers.state === 'absent') continue;
    found.push(...(await checkCompiler(await readKernelTree(layout, release))));
  }
  return found;
}

async function checkCompiler({ release, config }: KernelTree): Promise<Diagnosis[]> {
  const text = config?.settings.get('CONFIG_CC_VERSION_TEXT') ?? '';
  const program = text.split(' ')[0] ?? '';
  if (program === '') return [];
  const path = await findProgram(program);
  if (path === undefined) {
    const message = `${release} was built with ${text}; ${program} is not installed`;
    return [{ check: 'toolchain', level: 'problem', message, next: `install ${packageOf(program)}` }];
  }
  const version = (await identifyTool(program))?.version ?? '';
  if (version === text) return [{ check: 'toolchain', level: 'ok', message: `${release}: ${version}` }];
  const message = `${release} was built with ${text}; installed is ${version}`;
  return [{ check: 'toolchain', level: 'note', message }];
}

/** Debian's and others' compilers have packages of their name; what is in front of it is the machine. */
function packageOf(program: string): string {
  return /(?:gcc|clang)(?:-[\d.]+)?$/.exec(program)?.[0] ?? program;
}
