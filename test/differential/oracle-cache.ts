import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { availableParallelism, release } from 'node:os';
import { basename, join } from 'node:path';
import { cacheDirectory } from '../support/cache.ts';
import { cachedLayers } from '../support/layers.ts';
import type { Observation, Scenario } from './scenario.ts';
import { runnerProgram } from './twins.ts';

/** What the oracle did, kept by all that it depends on. KMODSMITH_ORACLE=fresh asks it again. */
export interface OracleCache {
  get(scenario: Scenario): Promise<Observation | undefined>;
  put(scenario: Scenario, observation: Observation): Promise<void>;
}

export async function openOracleCache(): Promise<OracleCache> {
  const folder = join(cacheDirectory(), '../oracle');
  await mkdir(folder, { recursive: true });
  const [layer = '', kernels = ''] = await cachedLayers('trixie-dkms');
  // The versions of dkms and the kernels; how the layer was made; how we look; what dkms takes by default.
  const packages = await readFile(join(kernels, 'var/cache/test-debs/kernels.json'), 'utf8');
  const world = [packages, basename(layer), await runnerProgram(), release(), String(availableParallelism())];
  const pathOf = ({ name, files, env, steps }: Scenario) => {
    const content = [...world, JSON.stringify({ name, files, env, steps })].join('\0');
    return join(folder, `${createHash('sha256').update(content).digest('hex').slice(0, 24)}.json`);
  };
  return {
    async get(scenario) {
      if (process.env['KMODSMITH_ORACLE'] === 'fresh') return undefined;
      const text = await readFile(pathOf(scenario), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async put(scenario, observation) {
      const path = pathOf(scenario);
      await writeFile(`${path}.${process.pid}`, JSON.stringify(observation));
      await rename(`${path}.${process.pid}`, path);
    },
  };
}
