import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { formatProblem } from '../../../src/config/format-problem.ts';
import { assertPolicy, loadPolicy } from '../../../src/config/load-policy.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { presets } from '../../../src/policy/presets.ts';

const vendor = 'usr/lib/kmodsmith/policy.d';
const admin = 'etc/kmodsmith/policy.d';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kmodsmith-policy-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | Uint8Array): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function link(path: string, target: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
  return file;
}

it('is the default where there are no directories', async () => {
  const loaded = await loadPolicy(root);
  expect(loaded.policies).toEqual(defaultPolicies);
  expect(loaded.problems).toEqual([]);
  expect(() => assertPolicy(loaded)).not.toThrow();
});

it('applies vendor and admin files together in the order of their names', async () => {
  write(`${vendor}/90-vendor.toml`, 'refresh = "never"');
  write(`${admin}/50-admin.toml`, 'refresh = "always"\nfailure = "fail"');
  const { policies, sources } = await loadPolicy(root);
  expect(policies.base).toEqual({ ...defaultPolicy, refresh: 'never', failure: 'fail' });
  expect(sources.base.refresh).toEqual({ file: join(root, vendor, '90-vendor.toml'), line: 1 });
});

it('orders by bytes, capitals first', async () => {
  write(`${admin}/a.toml`, 'refresh = "always"');
  write(`${admin}/B.toml`, 'refresh = "never"');
  write(`${admin}/10.toml`, 'refresh = "stale"');
  expect((await loadPolicy(root)).policies.base.refresh).toBe('always');
});

it('replaces a vendor file by the admin file of the same name, as a whole', async () => {
  write(`${vendor}/10.toml`, 'refresh = "never"\nfailure = "fail"');
  write(`${admin}/10.toml`, 'refresh = "always"');
  expect((await loadPolicy(root)).policies.base).toEqual({ ...defaultPolicy, refresh: 'always' });
});

it.each([
  ['a link to /dev/null', () => link(`${admin}/10.toml`, '/dev/null')],
  ['a relative link to /dev/null', () => link(`${admin}/10.toml`, '../../../dev/null')],
  ['an empty file', () => write(`${admin}/10.toml`, '')],
])('masks by %s', async (_how, mask) => {
  write(`${vendor}/10.toml`, 'refresh = "never"');
  mask();
  const { policies, problems } = await loadPolicy(root);
  expect(policies).toEqual(defaultPolicies);
  expect(problems).toEqual([]);
});

it.each([
  {
    what: 'a module section of a vendor file that is overridden',
    vendorText: '[module.zfs]\ncritical = true',
    adminText: '[module.evdi]\ncritical = true',
    modules: { evdi: { critical: true } },
  },
  { what: 'a preset of one that is masked', vendorText: 'preset = "debian"', adminText: '', modules: {} },
  { what: 'mistakes of one that is overridden', vendorText: 'refersh = 1', adminText: '', modules: {} },
])('does not see $what', async ({ vendorText, adminText, modules }) => {
  write(`${vendor}/10.toml`, vendorText);
  write(`${admin}/10.toml`, adminText);
  const { policies, preset, problems } = await loadPolicy(root);
  expect({ policies, preset, problems }).toEqual({
    policies: { base: defaultPolicy, modules },
    problems: [],
  });
});

it('puts the preset of the admin below knobs of the vendor', async () => {
  const file = write(`${vendor}/90-vendor.toml`, '\nrefresh = "never"');
  write(`${admin}/50-admin.toml`, 'preset = "debian"');
  const { policies, sources } = await loadPolicy(root);
  expect(policies.base).toEqual({ ...defaultPolicy, ...presets.debian.values, refresh: 'never' });
  expect(sources.base.refresh).toEqual({ file, line: 2 });
});

it('passes over other names', async () => {
  for (const name of ['a.toml.dpkg-new', 'b.conf', '.c.toml', 'toml']) write(`${admin}/${name}`, 'nonsense');
  expect((await loadPolicy(root)).problems).toEqual([]);
});

it('follows links inside of the root only', async () => {
  write('srv/site.toml', 'refresh = "never"');
  link(`${admin}/10.toml`, '/srv/site.toml');
  expect((await loadPolicy(root)).policies.base.refresh).toBe('never');
});

it.each([
  { what: 'a directory', make: (file: string) => mkdirSync(file), message: 'is a directory' },
  {
    what: 'a FIFO',
    make: (file: string) => execFileSync('sh', ['-c', 'mkfifo "$0"', file]),
    message: 'is not a regular file',
  },
  {
    what: 'a dangling link',
    make: (file: string) => symlinkSync('nowhere', file),
    message: 'ENOENT',
  },
  { what: 'a loop of links', make: (file: string) => symlinkSync(file, file), message: 'cannot be read' },
  {
    what: 'a huge file',
    make: (file: string) => writeFileSync(file, `#${'x'.repeat(1024 * 1024)}`),
    message: '1 MiB',
  },
  {
    what: 'invalid UTF-8',
    make: (file: string) => writeFileSync(file, Buffer.from('refresh = "never"\n# caf\xe9\n', 'latin1')),
    message: 'UTF-8',
    line: 2,
  },
  {
    what: 'a syntax error',
    make: (file: string) => writeFileSync(file, '\nrefresh ='),
    message: 'Invalid TOML',
    line: 2,
  },
])('reports $what and goes on with the other files', async ({ make, message, line }) => {
  write(`${admin}/10.toml`, 'failure = "fail"');
  const file = join(root, admin, '50-bad.toml');
  make(file);
  const { policies, problems } = await loadPolicy(root);
  expect(policies.base).toEqual({ ...defaultPolicy, failure: 'fail' });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ file, message: expect.stringContaining(message) });
  expect(problems[0]?.line).toBe(line);
});

it('takes a file of exactly 1 MiB', async () => {
  const setting = 'refresh = "never"\n#';
  write(`${admin}/10.toml`, setting + 'x'.repeat(1024 * 1024 - setting.length));
  const { policies, problems } = await loadPolicy(root);
  expect([policies.base.refresh, problems]).toEqual(['never', []]);
});

it('reports a directory that is none', async () => {
  const file = write(admin, 'x');
  const { problems } = await loadPolicy(root);
  expect(problems).toEqual([{ file, message: expect.stringContaining('ENOTDIR') }]);
});

it('lists all problems when it is asked to be strict', async () => {
  const first = write(`${admin}/10.toml`, 'refersh = "never"\ncritical = true');
  const second = write(`${admin}/20.toml`, 'when = "now"');
  const loaded = await loadPolicy(root);
  try {
    assertPolicy(loaded);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(KmodsmithError);
    expect((error as KmodsmithError).code).toBe('POLICY_INVALID');
    expect((error as KmodsmithError).message.split('\n')).toEqual([
      'the policy has 3 problems',
      expect.stringContaining(`${first}:1: refersh: unknown key. The nearest valid key is "refresh". `),
      `${first}:2: critical: for one module only. ${loaded.problems[1]?.hint}`,
      `${second}:1: when: invalid value "now". ${loaded.problems[2]?.hint}`,
    ]);
  }
});

it('writes a problem of a whole file without gaps', () => {
  expect(formatProblem({ file: 'a.toml', message: 'is a directory' })).toBe('a.toml: is a directory');
});
