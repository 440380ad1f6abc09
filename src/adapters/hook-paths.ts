import type { HookPaths, HookSpec } from './types.ts';

/** Where an installed system has them. */
const installedPaths: HookPaths = {
  tree: '/var/lib/dkms',
  state: '/var/lib/kmodsmith',
  engine: '/usr/bin/kmodsmith',
  programs: '/usr/lib/kmodsmith',
  sources: '/usr/src',
};

/** The paths that a spec asks for; those it does not name are the installed system's. */
export function hookPaths(spec: HookSpec): HookPaths {
  return { ...installedPaths, ...spec.paths };
}
