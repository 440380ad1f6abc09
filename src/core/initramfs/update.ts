import { join } from 'node:path';
import { KmodsmithError, messageOf } from '../../errors.ts';
import { changeTime, removeTree, renamePath } from '../../system/files.ts';
import { runningRelease } from '../../system/machine.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import { kernelName, type ObjectNames, readContent } from './content.ts';
import type { Changes } from './lag.ts';
import { type ModuleIndex, readModuleIndex } from './module-index.ts';
import { findReason } from './reason.ts';
import { responsibleTool } from './responsible.ts';
import { type InitramfsTool, runInRoot } from './tool.ts';

export interface InitramfsRequest extends Changes {
  readonly layout: Layout;
  readonly release: string;
  /** Kernel objects that were to be installed, and failed to be: an image that has one keeps it. */
  readonly failed: readonly string[];
}

/**
 * Updates a kernel's initramfs by the program that makes it here, run in the root: where one of the changed kernel
 * objects is in it, belongs there, is needed by one that is or does, or is in that of the running kernel; where that
 * cannot be told; or with `always`.
 * @returns what was done and why, as a sentence without a full stop.
 * @throws KmodsmithError INITRAMFS_FAILED.
 */
export async function updateInitramfs(request: InitramfsRequest): Promise<string> {
  const { layout, release, mode, objects } = request;
  const label = `initramfs of ${release}`;
  const tool = await responsibleTool(layout, release);
  if (tool === undefined) return `${label}: left as it is, no program is known here that makes it`;
  if (tool.idle !== undefined) return `${label}: left as it is, ${tool.idle}`;
  const isAsked = mode === 'always';
  const content =
    isAsked && request.failed.length === 0 ? undefined : await readContent(layout, tool, tool.image);
  const index = await readModuleIndex(layout, release);
  assertReplaced(request, { content, index });
  const why = isAsked
    ? 'its modules changed'
    : ((await findReason({ layout, tool, objects, content, index })) ?? (await findExample(request, index)));
  if (why === undefined) {
    const names = (objects ?? []).join(' or ');
    return `${label}: left as it is, nothing says that ${names} belongs there`;
  }
  await update(request, tool);
  return `${label}: updated, ${why}`;
}

/**
 * What the machine booted with may have been chosen by its hardware, and a new kernel's image is made before the kernel
 * has the module.
 */
async function findExample(
  { layout, release, objects = [] }: InitramfsRequest,
  index: ModuleIndex,
): Promise<string | undefined> {
  const own = objects.filter((name) => index.names.has(kernelName(name)));
  if ([release, ''].includes(runningRelease) || own.length === 0) return undefined;
  const tool = await responsibleTool(layout, runningRelease);
  const content = tool && (await readContent(layout, tool, tool.image));
  const found = own.find((name) => content?.has(kernelName(name)));
  return found && `${found} is in that of the running kernel`;
}

interface Found {
  readonly content: ObjectNames | undefined;
  readonly index: ModuleIndex;
}

/** What the kernel has lost, because its replacement could not be installed, may be what it takes to boot. */
function assertReplaced({ release, failed }: InitramfsRequest, { content, index }: Found): void {
  const lost = failed.filter((name) => {
    const own = kernelName(name);
    return content?.has(own) !== false && !index.names.has(own);
  });
  if (lost.length === 0) return;
  throw new KmodsmithError(
    'INITRAMFS_FAILED',
    `the initramfs of ${release} was kept as it is: ${lost.join(', ')} could not be installed, and it may hold the last one`,
    { hint: 'The first run after that is installed again updates it.' },
  );
}

async function update({ layout, release }: InitramfsRequest, tool: InitramfsTool): Promise<void> {
  const { argv, output, env, afterwards } = tool.update;
  const image = await resolveInRoot(layout.root, tool.image);
  const before = await changeTime(image);
  try {
    await start(layout, argv, env);
    if (output !== undefined) await putInPlace(layout, tool, { output, image });
    if ((await changeTime(image)) === before)
      throw new Error(`${argv.join(' ')} ended well, and ${tool.image} is the same as before`);
    if (afterwards !== undefined) await start(layout, afterwards);
  } catch (cause) {
    if (output !== undefined) await removeTree(join(layout.root, output)).catch(() => undefined);
    throw new KmodsmithError(
      'INITRAMFS_FAILED',
      `the initramfs of ${release} was not updated: ${messageOf(cause)}`,
      { hint: 'The next run that has to do with this kernel tries again.', cause },
    );
  }
}

/** Some programs end well although what packs the image has failed. `image`: a host path. */
async function putInPlace(
  layout: Layout,
  tool: InitramfsTool,
  { output, image }: { output: string; image: string },
): Promise<void> {
  const isReadable = async (path: string) => (await readContent(layout, tool, path)) !== undefined;
  if (!(await isReadable(output)) && (await isReadable(tool.image)))
    throw new Error(`${tool.update.argv.join(' ')} ended well, and what it made cannot be read`);
  await start(layout, ['sync', output]);
  await renamePath(join(layout.root, output), image);
}

/** Seconds: all drivers, packed hard, on a slow machine. */
const longestUpdate = 1800;

async function start(
  layout: Layout,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const result = await runInRoot(layout, argv, { env, timeoutSeconds: longestUpdate });
  if (result.exitCode === 0) return;
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-5).join('\n');
  const status = result.signal ?? `exit status ${result.exitCode}`;
  throw new Error(`${argv.join(' ')}: ${status}${said === '' ? '' : `\n${said}`}`);
}
