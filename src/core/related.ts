import { join } from 'node:path';
import { type Scope, withRelated } from '../policy/scope.ts';
import type { ModuleId } from '../policy/types.ts';
import { listFolder, readTextIfPresent } from '../system/files.ts';
import type { ConfReader } from './conf/conf-reader.ts';
import { readDirectives } from './conf/directives.ts';
import { listOverrides } from './conf/overrides.ts';
import { type Candidate, confRequest } from './pairs.ts';

/**
 * The scope, with the modules that those in it depend on and the ones that depend on them. Of all the other modules
 * only those that write of BUILD_DEPENDS are evaluated: evaluating takes milliseconds for each of them and each kernel.
 */
export async function relatedScope(
  { layout, evaluate }: ConfReader,
  scope: Scope,
  candidates: readonly Candidate[],
): Promise<Scope> {
  if (scope.everything || scope.modules.length === 0) return scope;
  const overrides = await readOverrides(layout);
  const sources = new Map(candidates.map((candidate) => [candidate.sourceFolder, candidate.module]));
  const depending = new Set<string>();
  for (const [folder, module] of sources) {
    if (await mentionsDependencies(folder, { module, overrides })) depending.add(folder);
  }
  const asked = candidates.filter(({ sourceFolder }) => depending.has(sourceFolder));
  const present = await listOverrides(layout.configFolder);
  const results = await evaluate(asked.map((one) => confRequest(layout, one, present)));
  const links = asked.flatMap(({ module, kernel }, index) => {
    const result = results[index];
    if (result === undefined || 'error' in result) return [];
    return [{ module, depends: readDirectives(result.values, kernel.release).conf.depends }];
  });
  return withRelated(scope, links);
}

interface Override {
  readonly name: string;
  readonly text: string;
}

async function readOverrides({ configFolder }: ConfReader['layout']): Promise<Override[]> {
  const names = (await listFolder(configFolder))
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.conf'));
  return Promise.all(names.map(async (name) => ({ name, text: await readText(join(configFolder, name)) })));
}

async function mentionsDependencies(
  folder: string,
  { module, overrides }: { module: ModuleId; overrides: readonly Override[] },
): Promise<boolean> {
  const own = overrides.filter(({ name }) => name.startsWith(module.name)).map(({ text }) => text);
  return [await readText(join(folder, 'dkms.conf')), ...own].some((text) => text.includes('BUILD_DEPENDS'));
}

async function readText(path: string): Promise<string> {
  return (await readTextIfPresent(path).catch(() => undefined)) ?? '';
}
