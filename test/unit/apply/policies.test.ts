import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { perform } from '../../../src/apply/perform.ts';
import type { Outcome } from '../../../src/apply/performing.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { survey } from '../../../src/core/facts.ts';
import { defaultPolicy, type Policy } from '../../../src/policy/knobs.ts';
import type { Policies } from '../../../src/policy/policies.ts';
import { everything } from '../../../src/policy/scope.ts';
import type { Action } from '../../../src/policy/types.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeSigner } from '../../support/signers.ts';
import { compiles } from '../core/building.ts';
import { arch, makeMachine, release } from '../core/machine.ts';
import { moduleBytes } from '../core/modules.ts';

const modules = `lib/modules/${release}`;
const inTree = `${modules}/kernel/fs/foo.ko`;
const archived = `var/lib/dkms/foo/original_module/${release}/${arch}/foo.ko`;
const built = `var/lib/dkms/foo/1.0/${release}/${arch}`;

interface Setting {
  readonly conf?: string;
  /** MODULE_VERSION of what the kernel has itself. */
  readonly original?: string;
}

/** A kernel with a module foo of its own, and foo/1.0, which goes where that one is. */
function open({ conf = '', original = '0.9' }: Setting = {}) {
  const { scratch, layout, module } = makeMachine();
  const directives = 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/kernel/fs\n';
  scratch.write('usr/src/foo-1.0/dkms.conf', `${directives}${conf}`);
  scratch.write(inTree, moduleBytes({ version: original }));
  const carryOut = async (policies: Policies, ...steps: Action['do'][]): Promise<readonly Outcome[]> => {
    const framework = await readFramework(layout.root);
    const found = await survey(readerOf(layout), everything);
    const settings = engineSettings({ layout, framework, distribution: found.distribution });
    const target = { module, kernel: { release, arch }, because: { code: 'asked' } } as const;
    const actions = steps.map((step) => ({ do: step, origin: 'manual', ...target }) as Action);
    const plan = { version: 1, actions, skipped: [] } as const;
    return perform(plan, { layout, survey: found, settings, policies });
  };
  return {
    scratch,
    carryOut,
    at: (path: string) => `${scratch.path}/${path}`,
    has: (path: string) => existsSync(`${scratch.path}/${path}`),
    write: (bytes: Uint8Array) => scratch.write(`${built}/module/foo.ko`, bytes),
  };
}

const policiesOf = (base: Partial<Policy>, own: Policies['modules'] = {}): Policies => {
  return { base: { ...defaultPolicy, ...base }, modules: own };
};

describe('original-modules', () => {
  it.each([
    { value: 'never-touch', stays: true },
    { value: 'archive', stays: false },
  ] as const)("'$value': the kernel's own module stays: $stays", async ({ value, stays }) => {
    const { carryOut, has, at, write } = open();
    write(moduleBytes({ version: '1.0' }));
    const policies = policiesOf({ 'original-modules': value });
    expect(await carryOut(policies, 'install')).toMatchObject([{ state: 'done' }]);
    expect(has(`${modules}/updates/dkms/foo.ko`)).toBe(true);
    expect([has(inTree), has(archived)]).toEqual([stays, !stays]);
    await carryOut(policies, 'uninstall');
    expect(readFileSync(at(inTree))).toEqual(Buffer.from(moduleBytes({ version: '0.9' })));
    expect([has(`${modules}/updates`), has(archived)]).toEqual([false, false]);
  });

  it("'archive' of one module is of that module alone", async () => {
    const { carryOut, has, write } = open();
    write(moduleBytes({ version: '1.0' }));
    await carryOut(policiesOf({}, { bar: { 'original-modules': 'archive' } }), 'install');
    expect([has(inTree), has(archived)]).toEqual([true, false]);
    await carryOut(policiesOf({}, { foo: { 'original-modules': 'archive' } }), 'uninstall', 'install');
    expect([has(inTree), has(archived)]).toEqual([false, true]);
  });
});

describe('force', () => {
  it.each<{ force: Policy['force']; state: string }>([
    { force: [], state: 'failed' },
    { force: ['rebuild', 'ignore-dependencies'], state: 'failed' },
    { force: ['ignore-version'], state: 'done' },
  ])('$force: installing over a newer module of the kernel is $state', async ({ force, state }) => {
    const { carryOut, has, write } = open({ original: '3.0' });
    write(moduleBytes({ version: '1.0' }));
    const [outcome] = await carryOut(policiesOf({}, { 'foo/1.0': { force } }), 'install');
    expect(outcome?.state).toBe(state);
    if (state === 'failed') expect(outcome?.error?.code).toBe('INSTALL_REFUSED');
    expect(has(`${modules}/updates/dkms/foo.ko`)).toBe(state === 'done');
  });
});

/** A kernel that takes signatures, a module that compiles, and a tool that marks what it signs. */
async function openSigning(keys: boolean) {
  const machine = open({ conf: `MAKE='${compiles('foo')}'\n` });
  const { scratch } = machine;
  const headers = `usr/src/linux-headers-${release}`;
  const config = readFileSync(machine.at(`${headers}/.config`), 'utf8');
  scratch.write(`${headers}/.config`, `${config}CONFIG_MODULE_SIG_HASH="sha256"\n`);
  const signer = await makeSigner(scratch);
  const signs = `#!/bin/sh\necho "$1" >>${scratch.path}/signed\nexec ${signer.signFile} "$@"\n`;
  scratch.write(`${headers}/scripts/sign-file`, signs, 0o755);
  if (keys) {
    scratch.write('var/lib/dkms/mok.key', readFileSync(signer.key));
    scratch.write('var/lib/dkms/mok.pub', signer.der);
  }
  return machine;
}

describe('sign', () => {
  it.each([
    { sign: 'auto', keys: true, state: 'done', signed: true },
    { sign: 'auto', keys: false, state: 'done', signed: false },
    { sign: 'require', keys: true, state: 'done', signed: true },
    { sign: 'require', keys: false, state: 'failed', signed: false },
    { sign: 'off', keys: true, state: 'done', signed: false },
    { sign: 'off', keys: false, state: 'done', signed: false },
  ] as const)(
    "'$sign', with keys: $keys, is $state, signed: $signed",
    async ({ sign, keys, state, signed }) => {
      const { carryOut, has } = await openSigning(keys);
      const [outcome] = await carryOut(policiesOf({ sign }), 'build');
      expect(outcome?.error?.message ?? 'done').toContain(state === 'done' ? 'done' : 'cannot be signed');
      expect(outcome?.state).toBe(state);
      if (state === 'failed') expect(outcome?.error?.code).toBe('SIGNING_IMPOSSIBLE');
      expect(has('signed')).toBe(signed);
      expect(has(`${built}/module`)).toBe(state === 'done');
    },
  );

  it("'require' of one module fails that module alone, and loses nothing", async () => {
    const { carryOut, has, at, write } = await openSigning(false);
    write(moduleBytes({ version: '1.0' }));
    const before = readdirSync(at(built), { recursive: true });
    const [outcome] = await carryOut(policiesOf({}, { foo: { sign: 'require' } }), 'build', 'install');
    expect(outcome).toMatchObject({ state: 'failed', error: { code: 'SIGNING_IMPOSSIBLE' } });
    expect(readdirSync(at(built), { recursive: true })).toEqual(before);
    expect(has(`${modules}/updates`)).toBe(false);
    const other = policiesOf({ sign: 'auto' }, { bar: { sign: 'require' } });
    expect(await carryOut(other, 'build')).toMatchObject([{ state: 'done' }]);
  });
});
