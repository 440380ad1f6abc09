import { readFileSync } from 'node:fs';
import { readConf } from '../../../src/core/conf/conf.ts';
import { confDirectives } from '../../../src/core/conf/directive-names.ts';
import { evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import type { Evaluated } from './confs.ts';

/** Evaluates the files that stdin names, in one call, and reads them in every way; prints what came of each. */
const { files, winners, timeoutSeconds } = JSON.parse(readFileSync(0, 'utf8'));
const variables = { kernelver: '6.12.1', arch: 'x86_64', module: 'foo', module_version: '1.0' };
const requests = files.map((names: string[]) => ({ files: names, variables, winners }));
const results = await evaluateConfs(requests, { timeoutSeconds });
const kernel = { release: '6.12.1', arch: 'x86_64', config: new Map([['CONFIG_MODULES', 'y']]) };
const found = results.map((result, index): Evaluated => {
  const [file = ''] = files[index];
  const evaluated = 'error' in result ? undefined : result.values;
  const read = (['engine', 'strict', 'lenient'] as const).map((errors) =>
    [{}, { module: { name: 'foo', version: '1.0' } }].map((named) => {
      const conf = readConf(result, file, { ...named, kernel, errors });
      return conf instanceof KmodsmithError ? conf : undefined;
    }),
  );
  const errors = read.flat().flatMap((error) => (error === undefined ? [] : [error]));
  return {
    ...('error' in result && { error: `${result.error.code}: ${result.error.message}` }),
    ...('warnings' in result && { warnings: result.warnings }),
    names: Object.keys(evaluated ?? {}).filter((name) => !confDirectives.some((known) => known === name)),
    name: evaluated?.['PACKAGE_NAME']?.[0] ?? '',
    messages: errors.map(({ message }) => message),
  };
});
process.stdout.write(JSON.stringify(found));
