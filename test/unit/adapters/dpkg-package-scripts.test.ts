import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dpkgAdapter } from '../../../src/adapters/dpkg/index.ts';
import { decodeHookCall } from '../../../src/adapters/hook-call.ts';
import type { HookPaths, HookSpec } from '../../../src/adapters/types.ts';
import { policyFailureStatus } from '../../../src/errors.ts';

const module = { name: 'toy', version: '1.0~rc1+git' };
let folder: string;
let paths: HookPaths;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kmodsmith module's $(x) "));
  const at = (name: string) => join(folder, name);
  paths = {
    ...{ tree: at('dkms'), state: at('state'), engine: at('engine'), programs: at('programs') },
    sources: at('src'),
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

type Script = 'postinst' | 'prerm' | 'postrm';

/** Runs a script as dpkg does. */
function runScript(spec: HookSpec, script: Script, words: readonly string[]) {
  const files = dpkgAdapter.renderHooks({ ...spec, paths });
  const content = files.find(({ path }) => path.endsWith(`.${script}`))?.content ?? 'exit 99';
  const env = { PATH: process.env['PATH'] ?? '', DPKG_MAINTSCRIPT_PACKAGE: 'toy-dkms' };
  return spawnSync('/bin/sh', ['-s', '--', ...words], { input: content, env, encoding: 'utf8' });
}

const run = (script: Script, ...words: string[]) =>
  runScript({ kind: 'module', package: 'toy-dkms', module, form: 'script' }, script, words);

/** An engine that notes how it was called. */
function installEngine(status: number): void {
  const seen = join(folder, 'seen').replaceAll("'", "'\\''");
  const script = `#!/bin/sh\nprintf '%s\\000' "$@" >>'${seen}'\nexit ${status}\n`;
  writeFileSync(paths.engine, script, { mode: 0o755 });
}

const engineSaw = () => {
  const seen = join(folder, 'seen');
  return existsSync(seen) ? readFileSync(seen, 'utf8').split('\0').slice(0, -1) : [];
};

function waiting() {
  const queue = join(paths.state, 'queue');
  const names = existsSync(queue) ? readdirSync(queue) : [];
  return names.map((name) => decodeHookCall(readFileSync(join(queue, name)), 7));
}

const register = () => mkdirSync(join(paths.tree, 'toy'), { recursive: true });

/** Every way in which dpkg calls a script of a package that is installed: policy, chapter 6. */
const calls: { script: Script; words: string[]; told: boolean }[] = [
  { script: 'postinst', words: ['configure', ''], told: true },
  { script: 'postinst', words: ['configure', '0.9-1'], told: true },
  { script: 'postinst', words: ['abort-upgrade', '2.0-1'], told: true },
  { script: 'postinst', words: ['abort-remove'], told: true },
  { script: 'postinst', words: ['abort-remove', 'in-favour', 'other', '1'], told: true },
  { script: 'postinst', words: ['abort-deconfigure', 'in-favour', 'other', '1'], told: true },
  { script: 'postinst', words: ['triggered', 'x'], told: false },
  { script: 'prerm', words: ['remove'], told: true },
  { script: 'prerm', words: ['remove', 'in-favour', 'other', '1'], told: true },
  { script: 'prerm', words: ['upgrade', '2.0-1'], told: false },
  { script: 'prerm', words: ['failed-upgrade', '0.9-1'], told: false },
  { script: 'prerm', words: ['deconfigure', 'in-favour', 'other', '1'], told: false },
  { script: 'postrm', words: ['remove'], told: true },
  { script: 'postrm', words: ['purge'], told: true },
  { script: 'postrm', words: ['upgrade', '2.0-1'], told: false },
  { script: 'postrm', words: ['failed-upgrade', '0.9-1'], told: false },
  { script: 'postrm', words: ['abort-install'], told: false },
  { script: 'postrm', words: ['abort-upgrade', '0.9-1'], told: false },
  { script: 'postrm', words: ['disappear', 'other', '1'], told: false },
];

describe.each(calls)('$script $words', ({ script, words, told }) => {
  const args = [module.name, module.version, script, ...words];

  it(told ? 'is recorded and handed over' : 'is nobody else’s business', () => {
    register();
    installEngine(0);
    expect(run(script, ...words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(engineSaw()).toEqual(told ? ['hook', 'dpkg', 'module', ...args] : []);
    const env = { DPKG_MAINTSCRIPT_PACKAGE: 'toy-dkms' };
    expect(waiting()).toEqual(told ? [{ adapter: 'dpkg', entry: 'module', args, env, at: 7 }] : []);
  });

  it('does without the toolkit, and leaves a record for it where that is any use', () => {
    expect(run(script, ...words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(waiting()).toHaveLength(told && script === 'postinst' ? 1 : 0);
    register();
    expect(run(script, ...words)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(waiting().length > 0).toBe(told);
  });
});

it.each([
  ['postinst', 'configure', 1],
  ['prerm', 'remove', 0],
  ['postrm', 'remove', 0],
] as const)('the policy makes %s %s end with %3$i', (script, word, status) => {
  register();
  installEngine(policyFailureStatus);
  expect(run(script, word)).toMatchObject({ status, stderr: '' });
});

it.each([1, 70, 126, 127])('an engine that ends with %i fails no package, and the record stays', (status) => {
  register();
  installEngine(status);
  const result = run('postinst', 'configure', '');
  expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining(`status ${status}`) });
  expect(waiting()).toHaveLength(1);
});

it('a queue that cannot be written keeps nothing from being removed', () => {
  register();
  writeFileSync(paths.state, 'in the way');
  installEngine(0);
  const result = run('prerm', 'remove');
  expect(result).toMatchObject({ status: 0, stderr: expect.stringContaining('could not be recorded') });
  expect(engineSaw()).not.toEqual([]);
});

it('a source that is still there belongs to another package by now, and the module stays', () => {
  register();
  installEngine(0);
  mkdirSync(join(paths.sources, `toy-${module.version}`), { recursive: true });
  writeFileSync(join(paths.sources, `toy-${module.version}`, 'dkms.conf'), '');
  for (const word of ['remove', 'purge']) expect(run('postrm', word)).toMatchObject({ status: 0 });
  expect(engineSaw()).toEqual([]);
});

it('a removal is told where only an earlier call waits', () => {
  run('postinst', 'configure', '');
  run('prerm', 'remove');
  expect(
    waiting()
      .map((call) => call?.args.slice(2).join(' '))
      .sort(),
  ).toEqual(['postinst configure ', 'prerm remove']);
});

it('a name that no plain word is comes through in one piece', () => {
  const odd = { name: "it's", version: '$(touch x)' };
  const files = dpkgAdapter.renderHooks({
    kind: 'module',
    package: 'x',
    module: odd,
    form: 'snippet',
    paths,
  });
  const script = `${files[0]?.content}`;
  installEngine(0);
  const result = spawnSync('/bin/sh', ['-s', '--', 'configure'], { input: script, encoding: 'utf8' });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(engineSaw().slice(3, 5)).toEqual([odd.name, odd.version]);
});

describe("a kernel's package", () => {
  const release = '6.12.1+toy';
  const runPart = (part: 'image' | 'headers', script: Script, ...words: string[]) =>
    runScript({ kind: 'kernel', package: `linux-${part}`, part, release, form: 'script' }, script, words);
  const registerSource = () => {
    register();
    mkdirSync(join(paths.tree, 'toy/1.0'));
    symlinkSync('/nowhere', join(paths.tree, 'toy/1.0/source'));
  };

  it.each([
    ['image', 'postinst', 'configure', 'postinst.d'],
    ['image', 'postinst', 'abort-upgrade', 'postinst.d'],
    ['image', 'prerm', 'remove', 'prerm.d'],
    ['headers', 'postinst', 'configure', 'header_postinst.d'],
    ['headers', 'postinst', 'abort-remove', 'header_postinst.d'],
  ] as const)('of the %s tells in %s %s what a hook would', (part, script, word, entry) => {
    registerSource();
    installEngine(0);
    expect(runPart(part, script, word, '1.0 x')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(engineSaw()).toEqual(['hook', 'dpkg', entry, release]);
    const env = { DEB_MAINT_PARAMS: `${word} 1.0 x`, DPKG_MAINTSCRIPT_PACKAGE: 'toy-dkms' };
    expect(waiting()).toEqual([{ adapter: 'dpkg', entry, args: [release], env, at: 7 }]);
  });

  it.each([
    ['postinst', 'triggered'],
    ['prerm', 'upgrade'],
    ['prerm', 'deconfigure'],
    ['prerm', 'failed-upgrade'],
  ] as const)('tells nothing in %s %s', (script, word) => {
    registerSource();
    installEngine(0);
    expect(runPart('image', script, word)).toMatchObject({ status: 0, stderr: '' });
    expect(engineSaw()).toEqual([]);
  });

  it('tells nothing without a module', () => {
    register();
    installEngine(0);
    expect(runPart('image', 'postinst', 'configure')).toMatchObject({ status: 0, stderr: '' });
    expect([engineSaw(), waiting()]).toEqual([[], []]);
  });

  it.each([
    ['postinst', 'configure', 1],
    ['prerm', 'remove', 0],
  ] as const)('ends %s %s with %i when the policy wants failures to fail', (script, word, status) => {
    registerSource();
    installEngine(policyFailureStatus);
    expect(runPart('image', script, word)).toMatchObject({ status, stderr: '' });
  });
});
