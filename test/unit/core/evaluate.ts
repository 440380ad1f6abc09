import { type ConfResult, type ConfVariables, evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

export const variables: ConfVariables = {
  kernelver: '6.12.1-amd64',
  arch: 'x86_64',
  kernel_source_dir: '/lib/modules/6.12.1-amd64/build',
  kernel_config: '/lib/modules/6.12.1-amd64/build/.config',
  module: 'foo',
  module_version: '1.0',
  dkms_tree: '/var/lib/dkms',
  source_tree: '/usr/src',
  install_tree: '/lib/modules',
};

/** The error's code and message, or the values without indexes where there is only [0]. */
export function plain(result: ConfResult | undefined) {
  if (result === undefined) return undefined;
  if ('error' in result) return `${result.error.code}: ${result.error.message}`;
  return Object.fromEntries(
    Object.entries(result.values).map(([name, values]) => [
      name,
      Object.keys(values).join() === '0' ? values[0] : values,
    ]),
  );
}

export async function evaluate(...texts: string[]) {
  const scratch = makeScratchFolder();
  const files = texts.map((text, index) => scratch.write(`${index}.conf`, text));
  const [result] = await evaluateConfs([{ files, variables }]);
  const warnings = result !== undefined && 'warnings' in result ? result.warnings : [];
  return { found: plain(result), warnings, files };
}
