import { source } from '../fixtures.ts';
import type { Files } from '../scenario.ts';

export const auto = 'dkms autoinstall -k {K}';
export const names = ['alpha', 'beta', 'gamma'] as const;

/** Three modules, with these directives each. */
export function modules(...confs: Readonly<Record<string, string | undefined>>[]): Files {
  const sources = names.map((name, index) => source({ name, conf: confs[index] ?? {} }));
  return Object.assign({}, ...sources);
}

export const addAll = names.map((name) => `dkms add ${name}/1.0`).join('; ');

/** The directives of a module that needs others. */
export const onFirst = (...needs: string[]) =>
  Object.fromEntries(needs.map((need, index) => [`BUILD_DEPENDS[${index}]`, need]));
export const versions = { ...source(), ...source({ version: '2.0', objects: { twin: 'twin_2_0' } }) };
