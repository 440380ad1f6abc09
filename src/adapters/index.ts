import { KmodsmithError } from '../errors.ts';
import { dpkgAdapter } from './dpkg/index.ts';
import { pacmanAdapter } from './pacman/index.ts';
import { rpmAdapter } from './rpm/index.ts';
import type { Adapter } from './types.ts';

/** Every adapter by its id; a folder here and an entry here always go together (test/contract/adapters.test.ts). */
export const adapters: ReadonlyMap<string, Adapter> = new Map(
  [dpkgAdapter, pacmanAdapter, rpmAdapter].map((adapter) => [adapter.id, adapter]),
);

/** @throws KmodsmithError ADAPTER_UNKNOWN, naming the ids there are */
export function findAdapter(id: string): Adapter {
  const adapter = adapters.get(id);
  if (adapter !== undefined) return adapter;
  throw new KmodsmithError('ADAPTER_UNKNOWN', `there is no adapter ${JSON.stringify(id)}`, {
    hint: `Use one of: ${[...adapters.keys()].join(', ')}.`,
  });
}
