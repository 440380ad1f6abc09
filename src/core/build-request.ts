import type { KernelId, ModuleId, Origin } from '../policy/types.ts';
import type { ModuleConf } from './directives.ts';
import type { ConfVariables } from './dkms-conf.ts';
import type { KernelTree } from './kernels.ts';
import type { Layout } from './layout.ts';

export interface BuildRequest {
  readonly layout: Layout;
  readonly module: ModuleId;
  readonly kernel: KernelId;
  readonly origin: Origin;
  readonly conf: ModuleConf;
  /** SHA-256 of the evaluated directives. */
  readonly directives: string;
  readonly variables: ConfVariables;
  readonly sourceFolder: string;
  readonly tree: KernelTree;
}

/** The pair as messages name it. */
export function describe({ module, kernel }: BuildRequest): string {
  return `${module.name} ${module.version} for ${kernel.release}`;
}
