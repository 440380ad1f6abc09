import { join } from 'node:path';
import { scratchDirectory } from './cache.ts';
import type { CorpusPackage } from './corpus.ts';
import type { TestRoot } from './roots.ts';
import { bundleScript } from './script.ts';

const code = `
const { file, variables } = JSON.parse(process.argv[2]);
const [{ values, error }] = await evaluateConfs([{ files: [file], variables }]);
if (error) throw error;
const named = Object.entries(values).flatMap(([name, list]) =>
  Object.entries(list).map(([index, value]) => [\`\${name}[\${index}]\`, value]));
console.log(JSON.stringify(Object.fromEntries(named.sort())));
`;

let bundle: Promise<string> | undefined;

/** The directives of a package as our core reads them inside a root. */
export async function parseConf(
  root: TestRoot,
  { name, moduleVersion: version }: CorpusPackage,
  kernel: string,
): Promise<Record<string, string>> {
  bundle ??= makeBundle();
  await root.copyIn(await bundle, '/srv/parse-conf.mjs');
  const sources = `/lib/modules/${kernel}/build`;
  const variables = {
    kernelver: kernel,
    arch: 'x86_64',
    kernel_source_dir: sources,
    kernel_config: `${sources}/.config`,
    module: name,
    module_version: version,
    dkms_tree: '/var/lib/dkms',
    source_tree: '/usr/src',
    install_tree: '/lib/modules',
  };
  const request = { file: `/usr/src/${name}-${version}/dkms.conf`, variables };
  return JSON.parse((await root.run(['node', '/srv/parse-conf.mjs', JSON.stringify(request)])).stdout);
}

async function makeBundle(): Promise<string> {
  const imports = { 'src/core/conf/dkms-conf.ts': '{ evaluateConfs }' };
  return await bundleScript(join(await scratchDirectory('disk'), 'parse-conf.mjs'), { imports, code });
}
