import { chmodSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { confReader } from '../../../src/apply/conf-reader.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { findWays } from '../../../src/core/sandbox/sandbox.ts';
import { defaultPolicies, type Policies } from '../../../src/policy/policies.ts';
import { run } from '../../../src/system/exec.ts';
import { requireOrSkip } from '../../support/require-or-skip.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { plain, variables } from '../core/evaluate.ts';

async function whyNoSandbox(): Promise<string | undefined> {
  for (const way of (await findWays('/')).ways)
    if ((await run([...way([]), 'true'], { cwd: '/' })).exitCode === 0) return undefined;
  return 'there can be no sandbox here';
}

it('keeps the dkms.conf of each module in a sandbox, or not, as the policy says of it', async (context) => {
  requireOrSkip(context, await whyNoSandbox());
  const scratch = makeScratchFolder();
  chmodSync(scratch.path, 0o755);
  const policies: Policies = {
    base: { ...defaultPolicies.base, sandbox: 'require' },
    modules: { trusted: { sandbox: 'off' }, 'both/2': { sandbox: 'off' } },
  };
  const modules = ['foo/1', 'trusted/1', 'both/1', 'both/2', '/'];
  const requests = modules.map((label, index) => {
    const [module = '', version = ''] = label.split('/');
    const text = `touch ${scratch.path}/by-${index} 2>/dev/null; MAKE="$module $(cat ${scratch.path}/seen)"`;
    const file = scratch.write(`${index}/dkms.conf`, text);
    const own = { ...variables, source_tree: scratch.path, module, module_version: version };
    return { files: [file], variables: own };
  });
  scratch.write('seen', 'sees');
  const { evaluate } = confReader({ layout: layoutOf('/'), policies });
  const results = await evaluate(requests);
  expect(results.map(plain)).toEqual(
    ['foo sees', 'trusted sees', 'both sees', 'both sees', 'sees'].map((MAKE) => ({ MAKE })),
  );
  expect(readdirSync(scratch.path).filter((name) => name.startsWith('by-'))).toEqual(['by-1', 'by-3']);
});
