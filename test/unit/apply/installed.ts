import { join } from 'node:path';
import { readFramework } from '../../../src/config/framework.ts';
import { installModule } from '../../../src/core/install/install.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { addBuild, addKernel, arch, makeMachine, release } from '../core/machine.ts';

/** A second kernel, for which nothing is built. */
export const other = '6.13.0-other';

export type Installed = Awaited<ReturnType<typeof makeInstalled>>;

/** A machine on which foo/1.0 is built and installed for the first kernel. */
export async function makeInstalled() {
  const machine = makeMachine();
  const { scratch, layout, module } = machine;
  addKernel(scratch, other);
  const result = await addBuild(machine);
  const at = { module, release, arch };
  const object = { index: 0, built: 'foo', name: 'foo', destination: '/updates', strip: true };
  const distribution = detectDistribution({ id: 'debian', idLike: [] });
  const placement = { distribution, originals: 'overwritten-only', ownVersions: 'replace' } as const;
  await installModule({ layout, at, objects: [object], ...placement });
  const options = { layout, framework: await readFramework(scratch.path), policies: defaultPolicies };
  const installed = join(scratch.path, 'lib/modules', release, 'updates/dkms/foo.ko.xz');
  return { ...machine, at, options, result, installed };
}
