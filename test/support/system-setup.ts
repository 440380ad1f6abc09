import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { removeStaleScratch, scratchDirectory } from './cache.ts';
import { cachedLayers } from './layers.ts';
import { execute } from './process.ts';
import { type LayerName, recipes } from './recipes.ts';
import { buildToolkitDeb } from './toolkit-deb.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    testBedMissing: string;
    /** The .deb of the toolkit as it is now. */
    toolkitDeb: string;
  }
}

/** Gets the host and the cached roots ready once, before the first system test. */
export async function setup(project: TestProject): Promise<void> {
  const missing = await prepare().then(
    () => '',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (missing !== '' && process.env['CI']) throw new Error(`the system tests cannot run: ${missing}`);
  project.provide('testBedMissing', missing);
  project.provide('toolkitDeb', missing === '' ? await buildToolkitDeb(await scratchDirectory('disk')) : '');
}

async function prepare(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('test roots need root');
  await access('/usr/bin/dpkg').catch(() => {
    throw new Error('test roots need a Debian host');
  });
  await execute(['sh', fileURLToPath(new URL('prepare-host.sh', import.meta.url))]);
  await removeStaleScratch();
  for (const name of Object.keys(recipes) as LayerName[]) {
    await cachedLayers(name).catch((cause: Error) => {
      throw new Error(`root ${name} cannot be made: ${cause.message.split('\n').at(-1)}`, { cause });
    });
  }
}

export async function teardown(): Promise<void> {
  await removeStaleScratch();
}
