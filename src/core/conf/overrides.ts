import { kindOf, listFolder } from '../../system/files.ts';
import type { ConfVariables } from './dkms-conf.ts';

type OverrideSubject = Pick<ConfVariables, 'module' | 'module_version' | 'kernelver' | 'arch'>;

/** The override files of /etc/dkms that exist for a module and kernel, later ones winning (dkms(8)). */
export async function overrideFiles(folder: string, variables: OverrideSubject): Promise<string[]> {
  return overridesAmong(await listOverrides(folder), variables);
}

/** Paths by their names without `.conf`. */
export type Overrides = ReadonlyMap<string, string>;

/** All override files of /etc/dkms, for whoever asks about many modules and kernels. */
export async function listOverrides(folder: string): Promise<Overrides> {
  const names = (await listFolder(folder)).map(({ name }) => name).filter((name) => name.endsWith('.conf'));
  const kinds = await Promise.all(names.map((name) => kindOf(`${folder}/${name}`)));
  const files = names.filter((_, index) => kinds[index] === 'file');
  return new Map(files.map((name) => [name.slice(0, -'.conf'.length), `${folder}/${name}`]));
}

/** Those that are for a module and kernel. */
export function overridesAmong(
  present: Overrides,
  { module: name, module_version: version, kernelver, arch }: OverrideSubject,
): string[] {
  if (present.size === 0) return [];
  const stems = [
    name,
    `${name}-${version}`,
    `${name}-${version}-${kernelver}`,
    `${name}-${version}-${kernelver}-${arch}`,
    `${name}--${kernelver}`,
    `${name}--${kernelver}-${arch}`,
  ];
  return stems.flatMap((stem) => present.get(stem) ?? []);
}
