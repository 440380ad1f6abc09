import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, exists, scratchDirectory } from './cache.ts';
import { withFileLock } from './file-lock.ts';
import { hostMirror, type Mirror } from './mirror.ts';
import { type EnterOptions, enterStack, type OverlayStack } from './namespace.ts';
import { execute } from './process.ts';
import { type LayerName, layerId, type Recipe, recipes, scriptPath } from './recipes.ts';

const buildSeconds = 1800;

/** The folders a root is made of, uppermost first; downloads and builds the ones not cached yet. */
export async function cachedLayers(name: LayerName): Promise<string[]> {
  const { from } = recipes[name];
  const below = 'layer' in from ? await cachedLayers(from.layer) : [];
  const directory = join(cacheDirectory(), await layerId(name));
  if (!(await exists(directory))) {
    await mkdir(cacheDirectory(), { recursive: true });
    await withFileLock(`${directory}.lock`, async () => {
      if (!(await exists(directory))) await buildLayer(name, below, directory);
    });
  }
  return [directory, ...below];
}

async function buildLayer(name: LayerName, layers: readonly string[], directory: string): Promise<void> {
  console.log(`test bed: building root ${name} (downloads packages, takes minutes)`);
  const started = performance.now();
  const stack = await newStack(layers, 'disk');
  try {
    await fillLayer(recipes[name], stack);
    // The build ran without syncing; a layer has to be on disk whole before it gets its name.
    await execute(['sync', '--file-system', stack.directory]);
    await rename(join(stack.directory, 'upper'), directory);
  } finally {
    await rm(stack.directory, { recursive: true, force: true });
  }
  console.log(`test bed: built root ${name} in ${Math.round((performance.now() - started) / 1000)} s`);
}

export async function newStack(layers: readonly string[], place: 'disk' | 'memory'): Promise<OverlayStack> {
  const directory = await scratchDirectory(place);
  const folders = ['upper', 'work', 'root', ...(layers.length > 0 ? [] : ['empty'])];
  await Promise.all(folders.map((folder) => mkdir(join(directory, folder))));
  return { directory, layers };
}

async function fillLayer(recipe: Recipe, stack: OverlayStack): Promise<void> {
  const mirror = await hostMirror();
  if ('suite' in recipe.from) await bootstrap(recipe.from.suite, mirror, stack);
  const resolver = await readFile('/etc/resolv.conf');
  await enterStack(stack, ['tee', '/etc/resolv.conf'], { input: resolver });
  const suite = 'suite' in recipe.from ? [recipe.from.suite, mirror.archive, mirror.security] : [];
  const script = ['sh', '-s', '--', ...suite, recipe.packages.join(' '), ...mirror.aptOptions];
  await enterStack(stack, script, networked({ input: await readFile(scriptPath(recipe)) }));
  if (recipe.nodeVersion !== undefined) await installNode(stack);
}

async function bootstrap(suite: string, mirror: Mirror, stack: OverlayStack): Promise<void> {
  const root = join(stack.directory, 'root');
  const argv = ['debootstrap', '--variant=minbase', suite, root, mirror.archive];
  await enterStack(stack, argv, networked({ enter: 'stay' }));
}

async function installNode(stack: OverlayStack): Promise<void> {
  const target = join(stack.directory, 'root/usr/bin/node');
  await enterStack(stack, ['install', '--mode=755', process.execPath, target], { enter: 'stay' });
}

function networked(options: EnterOptions): EnterOptions {
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no)_proxy$/i.test(name));
  const env = Object.fromEntries(proxies.map(([name, value]) => [name, value ?? '']));
  return { ...options, env, network: true, timeoutSeconds: buildSeconds };
}
