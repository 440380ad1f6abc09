import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { forgetConfs } from '../../../src/core/conf/conf-memo.ts';
import type { Confinement } from '../../../src/core/conf/confinement.ts';
import { type ConfRequest, evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import type { SandboxWay } from '../../../src/core/sandbox/sandbox.ts';
import { isRoot } from '../../../src/system/machine.ts';
import { countProcesses } from '../../support/count-processes.ts';
import { requireOrSkip } from '../../support/require-or-skip.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { plain, variables } from './evaluate.ts';

beforeEach(forgetConfs);

/** Not a sandbox, but seen by what is in it. */
const marked: SandboxWay = () => ['env', 'KEPT=yes'];
const failing: SandboxWay = () => ['sh', '-c', 'echo "no namespaces here" >&2; exit 1'];
/** Works for nothing at all, but not with what a module brings. */
const choosy: SandboxWay = (folders) => (folders.length === 0 ? ['env'] : failing(folders));

const ask = `MAKE="\${KEPT:-free} $$"`;

function requestsFor(wishes: readonly ConfRequest['sandbox'][], text = ask): ConfRequest[] {
  const scratch = makeScratchFolder();
  return wishes.map((sandbox, index) => ({
    files: [scratch.write(`${index}/dkms.conf`, text)],
    variables,
    ...(sandbox && { sandbox }),
  }));
}

async function evaluate(
  requests: readonly ConfRequest[],
  ways: readonly SandboxWay[],
  reasons: string[] = [],
) {
  const told: string[] = [];
  const confinement: Confinement = {
    findWays: async () => ({ ways, reasons }),
    onFallback: (because) => told.push(because),
  };
  const results = await evaluateConfs(requests, { confinement });
  const found = results.map(plain);
  const said = found.map((one) => (typeof one === 'object' ? String(one['MAKE']) : String(one)));
  return { results, said, told };
}

describe('by the wish of each', () => {
  it('keeps those that want it in one shell, the others in another one', async () => {
    const { said, told } = await evaluate(requestsFor(['auto', 'off', 'require', undefined]), [marked]);
    expect(said.map((text) => text.split(' ')[0])).toEqual(['yes', 'free', 'yes', 'free']);
    expect(new Set(said).size).toBe(2);
    expect(told).toEqual([]);
  });

  it('starts nothing for plain files, whatever is possible', async () => {
    const requests = requestsFor(['require', 'auto'], 'PACKAGE_NAME=foo\nMAKE="make $kernelver"\n');
    const results: string[][] = [];
    const started = await countProcesses(async () =>
      results.push((await evaluate(requests, [failing])).said),
    );
    expect(started).toBe(0);
    expect(results[0]).toEqual(['make 6.12.1-amd64', 'make 6.12.1-amd64']);
  });

  it('remembers what was evaluated by the wish', async () => {
    const [kept] = requestsFor(['auto']) as [ConfRequest];
    const free = { ...kept, sandbox: 'off' } as const;
    const first = await evaluate([kept, free], [marked]);
    expect((await evaluate([free, kept], [marked])).said).toEqual([...first.said].reverse());
  });

  it('keeps none without a confinement, as for the drop-in', async () => {
    const [result] = await evaluateConfs(requestsFor(['require']));
    expect(plain(result)).toEqual({ MAKE: expect.stringMatching(/^free/) });
  });
});

describe('where there can be no sandbox', () => {
  it("'auto' is evaluated without, 'require' is an error, and both say why", async () => {
    const requests = requestsFor(['auto', 'require', 'off']);
    const { said, told, results } = await evaluate(requests, [failing], ['bwrap is not installed']);
    expect(said).toEqual([
      expect.stringMatching(/^free/),
      `SANDBOX_IMPOSSIBLE: ${requests[1]?.files[0]} cannot be evaluated in a sandbox: bwrap is not installed; no namespaces here`,
      said[0],
    ]);
    expect(told).toEqual(['bwrap is not installed; no namespaces here']);
    expect(results[1]).toMatchObject({ error: { hint: expect.stringContaining('Install bubblewrap') } });
  });

  it('the next way is tried', async () => {
    const { said, told } = await evaluate(requestsFor(['require']), [failing, marked]);
    expect(said).toEqual([expect.stringMatching(/^yes/)]);
    expect(told).toEqual([]);
  });

  it('because of what a module brings, it is not evaluated freely', async () => {
    const { said, told, results } = await evaluate(requestsFor(['auto']), [choosy]);
    expect(said).toEqual([expect.stringMatching(/^SANDBOX_IMPOSSIBLE: .*: no namespaces here$/)]);
    expect(results[0]).toMatchObject({ error: { hint: expect.stringContaining("sandbox = 'off'") } });
    expect(told).toEqual([]);
  });

  it('any more, once a dkms.conf has done away with its shell, the others are not freed', async () => {
    const scratch = makeScratchFolder();
    const once: SandboxWay = () => [
      'sh',
      '-c',
      '[ ! -e "$0" ] || exit 1; : >"$0"; "$@"',
      `${scratch.path}/used`,
    ];
    const requests = [...requestsFor(['auto'], 'kill -KILL $$'), ...requestsFor(['auto'])];
    const { said, told } = await evaluate(requests, [once]);
    expect(said).toEqual([expect.stringMatching(/^CONF_TIMEOUT/), expect.stringMatching(/^CONF_TIMEOUT/)]);
    expect(told).toEqual([]);
  });
});

describe('what the user of the sandbox cannot read', () => {
  // Root reads everything; somebody else's shell does not.
  beforeEach((context) => requireOrSkip(context, isRoot() ? undefined : 'becoming another user needs root'));

  const nobody: SandboxWay = () => ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
  const open = (text: string, more: Partial<ConfRequest> = {}) => {
    const scratch = makeScratchFolder();
    chmodSync(scratch.path, 0o755);
    const file = scratch.write('source/dkms.conf', text);
    return { scratch, file, request: { files: [file], variables, sandbox: 'auto', ...more } as ConfRequest };
  };

  it('counts by its text when it is the dkms.conf, with a warning', async () => {
    const { scratch, file, request } = open(
      `MAKE="$(id -u) \${BASH_SOURCE[0]:+is a file}"\nPATCH=x; return 0\nPATCH=y`,
    );
    chmodSync(join(scratch.path, 'source'), 0o700);
    const { results, told } = await evaluate([request], [nobody]);
    expect(plain(results[0])).toEqual({ MAKE: '65534 is a file', PATCH: 'x' });
    expect(results[0]).toMatchObject({
      warnings: [`the user of the sandbox cannot read ${file}; other files beside it were not seen, either`],
    });
    expect(told).toEqual([]);
  });

  it('is named by a syntax error all the same', async () => {
    const { file, request } = open('PACKAGE_NAME=foo$(true)\nif');
    chmodSync(file, 0o600);
    const { results } = await evaluate([request], [nobody]);
    expect(results[0]).toMatchObject({
      warnings: [expect.stringContaining(`${file}, line 3: syntax error`), expect.anything()],
    });
  });

  it('is not read for it where a link leads out of the source', async () => {
    const { scratch, file, request } = open('');
    const secret = scratch.write('secret', 'MAKE=$(echo precious)');
    chmodSync(secret, 0o600);
    symlinkSync(secret, `${file}.link`);
    const { said } = await evaluate([{ ...request, files: [`${file}.link`] }], [nobody]);
    expect(said).toEqual([`CONF_UNREADABLE: the user of the sandbox cannot read ${file}.link`]);
    expect(readFileSync(`${file}.link`, 'utf8')).toContain('precious');
  });

  it('is a reason to do without, or an error, when it is the build tree of the kernel', async () => {
    const { scratch, request } = open('MAKE=$(id -u)');
    const tree = join(scratch.path, 'tree');
    scratch.write('tree/.config', '');
    chmodSync(tree, 0o700);
    const asked = { ...request, variables: { ...variables, kernel_source_dir: tree } };
    const { said, told } = await evaluate([asked, { ...asked, sandbox: 'require' }], [nobody]);
    const why = `the user of the sandbox cannot read ${tree}`;
    expect(said).toEqual([
      '0',
      `SANDBOX_IMPOSSIBLE: ${request.files[0]} cannot be evaluated in a sandbox: ${why}`,
    ]);
    expect(told).toEqual([why]);
  });

  it('is not what a dkms.conf says it is', async () => {
    const { scratch, request } = open(
      `for fields in "hidden $kernel_source_dir" "value PATCH"; do for number in {10..20}; do
  set -- $fields; printf '%s\\0' "$1" "$2" 0 forged >&$number
done 2>/dev/null; done; MAKE=$(id -u)`,
    );
    const tree = scratch.folder('tree');
    const asked = { ...request, variables: { ...variables, kernel_source_dir: tree } };
    const { results, told } = await evaluate([asked], [nobody]);
    expect(plain(results[0])).toEqual({ MAKE: '65534', PATCH: 'forged' });
    expect(told).toEqual([]);
  });
});
