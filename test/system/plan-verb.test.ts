import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeHookCall } from '../../src/adapters/hook-call.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { addKernel, addModule, registrationOf } from '../support/stub-machine.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const release = '6.12.1-toy';
const queue = 'var/lib/kmodsmith/queue';
const file = 'plan.json';
const addToy = (directives = 'AUTOINSTALL=yes\n') => {
  addModule(root, 'toy/1.0', directives);
  addKernel(root, release);
};
const at = (path: string) => join(root.path, path);
const saved = () => JSON.parse(readFileSync(at(file), 'utf8'));

function planned(...argv: string[]): string {
  const result = root.kmodsmith('plan', '--output', file, ...argv);
  expect(result.status).toBe(0);
  return result.stdout;
}

const planRemoval = () => planned('--event', 'module:remove:toy/1.0');

/** What the refusal says; nothing is changed by it. */
function refused(...argv: string[]): string {
  const before = root.snapshot();
  const { status, stdout, stderr } = root.kmodsmith('apply', file, ...argv);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(root.snapshot()).toEqual(before);
  return stderr;
}

describe('plan --output', () => {
  it('saves what it prints, and all that it was made from', () => {
    addToy();
    root.write(`${queue}/call.abc`, callOf('postinst.d', release));
    const stdout = planned('--event', `headers:upgrade:${release}`);
    expect(stdout).toContain(`toy 1.0 for ${release}: build and install`);
    expect(saved()).toMatchObject({
      ...{ kind: 'kmodsmith-plan', version: 1, madeBy: expect.any(String), madeAt: expect.any(Number) },
      root: root.path,
      events: [
        { subject: 'image', transition: 'install', kernel: release },
        { subject: 'headers', transition: 'upgrade', kernel: release },
      ],
      records: ['call.abc'],
      factsSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      facts: { kernels: [{ release }], pairs: [{ kernel: release, autoinstall: true }] },
      policies: { base: { refresh: 'stale' } },
      plan: { version: 1, actions: [{ do: 'build' }, { do: 'install' }, { do: 'depmod' }] },
    });
    expect(JSON.parse(planned('--json', '--event', `headers:upgrade:${release}`))).toEqual(saved().plan);
  });

  it('gives the same digest for the same facts, and another one once an attempt has failed', () => {
    addToy();
    planned();
    const { factsSha256 } = saved();
    planned('--event', 'toolkit:upgrade');
    expect(saved().factsSha256).toBe(factsSha256);
    expect(root.kmodsmith('apply', file).status).toBe(1);
    planned();
    const afterFailure = saved().factsSha256;
    expect(afterFailure).not.toBe(factsSha256);
    planned();
    expect(saved().factsSha256).toBe(afterFailure);
  });

  it('writes over no folder and no device', () => {
    root.write('folder/x', '');
    for (const path of [at('folder'), '/dev/null']) {
      const result = root.kmodsmith('plan', '--output', path);
      expect(result).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(path) });
    }
    expect(readdirSync(at('folder'))).toEqual(['x']);
  });
});

describe('apply', () => {
  it('carries the plan out; a dry run shows it and stops', () => {
    addToy();
    planRemoval();
    const before = root.snapshot();
    const dry = root.kmodsmith('apply', file, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toEqual(saved().plan);
    expect(root.snapshot()).toEqual(before);
    const result = root.kmodsmith('apply', file);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toBe('toy 1.0: deregistered, the module is removed\n');
    expect(root.snapshot()).not.toHaveProperty([`/${registrationOf('toy/1.0')}`]);
    expect(refused()).toContain('the module toy 1.0 (its registration)');
  });

  it('reports in JSON, and fails when an action does', () => {
    addToy();
    planned();
    const { status, stdout } = root.kmodsmith('apply', file, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      plan: saved().plan,
      outcomes: [{ state: 'failed', error: { code: 'BUILD_FAILED' } }, { state: 'not-reached' }, {}],
    });
    expect(refused()).toContain(`toy 1.0 for ${release} (its last failure)`);
  });

  it('removes the records that the plan took in, and keeps those that came later', () => {
    addToy('');
    root.write(`${queue}/call.abc`, callOf('postinst.d', release));
    planned();
    root.write(`${queue}/call.def`, callOf('header_postinst.d', release));
    root.write(`${queue}/call.rubbish`, 'not a call');
    expect(root.kmodsmith('apply', file)).toMatchObject({ status: 0 });
    expect(readdirSync(at(queue)).sort()).toEqual(['call.def', 'call.rubbish']);
  });

  it.each<[string, () => void, string]>([
    ['a kernel came', () => addKernel(root, '6.13.0-new'), 'the kernel 6.13.0-new (it is new)'],
    [
      'the headers went',
      () => rmSync(at(`lib/modules/${release}/build`)),
      `the kernel ${release} (its headers`,
    ],
    [
      'AUTOINSTALL changed',
      () => root.write('etc/dkms/toy.conf', 'AUTOINSTALL=no\n'),
      `toy 1.0 for ${release} (AUTOINSTALL)`,
    ],
    [
      'the source went',
      () => rmSync(at('usr/src/toy-1.0'), { recursive: true }),
      'the module toy 1.0 (its source)',
    ],
  ])('refuses when %s', (_what, change, moved) => {
    addToy();
    planned();
    change();
    const said = refused();
    expect(said).toContain('the plan is outdated, since it was made this has moved: ');
    expect(said).toContain(moved);
    expect(said).toContain('Plan again');
    expect(refused('--dry-run')).toBe(said);
  });

  it('refuses when the policy decides otherwise, and only then', () => {
    addToy();
    planned();
    root.write('etc/kmodsmith/policy.d/own.toml', 'new-kernel = "none"\n[module."toy"]\npin = "1.0"\n');
    expect(refused()).toContain('this has moved: the policy (new-kernel, pin of toy)');
    root.write('etc/kmodsmith/policy.d/own.toml', 'failure = "fail"\n');
    expect(root.kmodsmith('apply', file, '--dry-run')).toMatchObject({ status: 0, stderr: '' });
  });

  it('refuses the plan for another root', () => {
    addToy();
    planRemoval();
    root.write(file, JSON.stringify({ ...saved(), root: '/srv/other' }));
    expect(refused()).toContain(`the plan is for the system below /srv/other, not ${root.path}`);
  });

  it.each<[string, (plan: ReturnType<typeof saved>) => unknown, string]>([
    ['has other actions', (plan) => ({ ...plan, plan: { ...plan.plan, actions: [] } }), 'it was changed'],
    ['has other facts', (plan) => ({ ...plan, facts: { ...plan.facts, pairs: [] } }), 'its facts'],
    ['has other events', (plan) => ({ ...plan, events: [] }), 'it was changed'],
    ['lacks a part', ({ events: _events, ...plan }) => plan, 'is no plan'],
    ['names a file outside the queue', (plan) => ({ ...plan, records: ['../lock'] }), 'is no plan'],
    ['is of a later version', (plan) => ({ ...plan, version: 2 }), 'is no plan'],
    ['is other JSON', ({ plan }) => plan, 'is no plan'],
  ])('refuses a file that %s', (_what, change, said) => {
    addToy();
    planRemoval();
    root.write(file, JSON.stringify(change(saved())));
    expect(refused()).toContain(said);
  });

  it('refuses what is no JSON, no file, or not there', () => {
    root.write(file, '{"kind":');
    expect(refused()).toContain('is no plan');
    rmSync(at(file));
    expect(refused()).toContain(`there is no ${file}`);
    root.write(`${file}/x`, '');
    expect(refused()).toContain('is no plan');
  });
});

function callOf(entry: string, kernel: string): string {
  const env = { DEB_MAINT_PARAMS: 'configure ' };
  return new TextDecoder().decode(encodeHookCall({ adapter: 'dpkg', entry, args: [kernel], env, at: 0 }));
}
