import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { perform } from '../../../src/apply/perform.ts';
import { provenanceRows } from '../../../src/commands/provenance-rows.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { loadPolicy } from '../../../src/config/load-policy.ts';
import { survey } from '../../../src/core/facts.ts';
import { readProvenance } from '../../../src/core/provenance/provenance.ts';
import { everything } from '../../../src/policy/scope.ts';
import type { Action } from '../../../src/policy/types.ts';
import { isSignedBy } from '../../support/module-signature.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeSigner } from '../../support/signers.ts';
import { compiles } from '../core/building.ts';
import { arch, makeMachine, release } from '../core/machine.ts';

const built = `var/lib/dkms/foo/1.0/${release}/${arch}`;
const command = '/opt/sign';
const dropIn = 'etc/kmodsmith/policy.d/signing.toml';

interface Setting {
  /** What the program does with `$2`, the module; without it there is none. `@SIGN@` signs it. */
  readonly program?: string;
  readonly policy?: string;
  readonly framework?: string;
  readonly enforced?: boolean;
}

/** Builds foo/1.0 on a machine without a key for a kernel that takes signatures. */
async function build({ program, policy = `sign-command = "${command}"\n`, framework, enforced }: Setting) {
  const { scratch, layout, module } = makeMachine();
  const names = 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\n';
  scratch.write('usr/src/foo-1.0/foo.c', 'int x;\n');
  scratch.write('usr/src/foo-1.0/dkms.conf', `${names}MAKE='${compiles('foo')}'\n`);
  const headers = `usr/src/linux-headers-${release}`;
  const config = readFileSync(`${scratch.path}/${headers}/.config`, 'utf8');
  const settings = 'CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_HASH="sha384"\n';
  scratch.write(`${headers}/.config`, `${config}${settings}${enforced ? 'CONFIG_MODULE_SIG_FORCE=y\n' : ''}`);
  const signer = await makeSigner(scratch);
  const signs = `${signer.signFile} "$1" ${signer.key} ${signer.certificate} "$2"`;
  const text = program?.replaceAll('@SIGN@', signs);
  if (text !== undefined) scratch.write(command.slice(1), `#!/bin/sh\n${text}\n`, 0o755);
  scratch.write(dropIn, policy);
  if (framework !== undefined) scratch.write('etc/dkms/framework.conf', framework);
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const found = await survey(readerOf(layout), everything);
    const target = { module, kernel: { release, arch }, because: { code: 'asked' } } as const;
    const actions = [{ do: 'build', origin: 'manual', ...target } satisfies Action];
    const plan = { version: 1, actions, skipped: [] } as const;
    const { policies } = await loadPolicy(layout.root);
    const options = { layout, framework: await readFramework(layout.root), distribution: found.distribution };
    const engine = engineSettings(options);
    const [outcome] = await perform(plan, { layout, survey: found, settings: engine, policies });
    const said = write.mock.calls.map(([line]) => String(line).replaceAll(scratch.path, '')).join('');
    return { outcome, said, scratch, signer, at: (path: string) => `${scratch.path}/${path}` };
  } finally {
    write.mockRestore();
  }
}

describe('sign-command', () => {
  it('signs with the hash of the kernel, told of module and kernel, and needs no key of the machine', async () => {
    const program = 'echo "$# $1 $3 $module $module_version $kernelver $arch" >"$0.said"; @SIGN@';
    const { outcome, at, signer } = await build({ program });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(readFileSync(at('opt/sign.said'), 'utf8')).toBe(
      `3 sha384 ${release} foo 1.0 ${release} ${arch}\n`,
    );
    expect(await isSignedBy(readFileSync(at(`${built}/module/foo.ko`)), signer.der)).toBe(true);
    expect(existsSync(at('var/lib/dkms/mok.key'))).toBe(false);
  });

  it('is recorded and shown with the build', async () => {
    const { at, scratch } = await build({ program: '@SIGN@' });
    const record = await readProvenance(at(`${built}/provenance.json`));
    expect(record?.signing).toEqual({
      hash: 'sha384',
      command: `${scratch.path}${command}`,
      commandSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(record?.outputs).toMatchObject([{ signed: true }]);
    const rows = record === undefined ? [] : provenanceRows(record, undefined);
    expect(rows).toContainEqual(['signed', `by ${scratch.path}${command}, sha384`]);
  });

  it.each([
    { what: 'ends with 1', program: 'echo no card in the reader >&2; exit 1', why: 'no card in the reader' },
    { what: 'alters the module', program: 'echo >>"$2"; @SIGN@', why: 'sign altered the module itself' },
    { what: 'does not sign', program: 'true', why: 'sign ended well, but appended no signature' },
  ])('that $what leaves the module as it was verified, with a warning', async ({ program, why }) => {
    const { outcome, said, at } = await build({ program });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(said).toContain(`foo 1.0 for ${release}: foo.ko could not be signed: ${why}\n`);
    const plain = await build({ policy: 'sign = "off"\n' });
    expect(readFileSync(at(`${built}/module/foo.ko`))).toEqual(
      readFileSync(plain.at(`${built}/module/foo.ko`)),
    );
    expect((await readProvenance(at(`${built}/provenance.json`)))?.outputs).toMatchObject([
      { signed: false },
    ]);
  });

  it('that refuses fails the build where a signature is required, and leaves none', async () => {
    const policy = `sign = "require"\nsign-command = "${command}"\n`;
    const { outcome, at } = await build({ program: 'exit 1', policy });
    expect(outcome).toMatchObject({
      state: 'failed',
      error: { code: 'SIGNING_IMPOSSIBLE', message: expect.stringContaining('ended with status 1') },
    });
    expect(existsSync(at(`${built}/module`))).toBe(false);
  });

  it('that refuses is told of aloud where the kernel takes signed modules only', async () => {
    const { outcome, said } = await build({ program: 'exit 1', enforced: true });
    expect(outcome).toMatchObject({ state: 'done' });
    expect(said).toMatch(
      /could not be signed: .*; WILL NOT BE LOADED without a signature: .*MODULE_SIG_FORCE/,
    );
  });

  it.each([
    { sign: 'require', state: 'failed' },
    { sign: 'auto', state: 'done' },
  ])('that is not there is named with the file where it was set: $sign', async ({ sign, state }) => {
    const policy = `sign = "${sign}"\n\n[module.foo]\nsign-command = "${command}"\n`;
    const { outcome, said } = await build({ policy });
    expect(outcome?.state).toBe(state);
    const words = `sign-command ${command} is not there or cannot be executed; it is set in`;
    const text = `${outcome?.error?.message ?? ''}${said}`;
    expect(text).toContain(words);
    expect(text).toContain(`${dropIn}:4`);
  });

  it('may be of one module, and none of another', async () => {
    const policy = `sign-command = "${command}"\n[module."foo/1.0"]\nsign-command = ""\n`;
    const { at, said } = await build({ program: 'touch "$0.said"', policy });
    expect(existsSync(at('opt/sign.said'))).toBe(false);
    expect(said).not.toContain('not signed');
  });

  it('gets what build_environment exports, and none of it is recorded', async () => {
    const { scratch } = makeMachine();
    const environment = scratch.write('environment', 'export KBUILD_SIGN_PIN=246810\n');
    const program = 'echo "PIN $KBUILD_SIGN_PIN is wrong"; echo "$KBUILD_SIGN_PIN" >"$0.said"; exit 1';
    const { at, said } = await build({ program, framework: `build_environment=${environment}\n` });
    expect(readFileSync(at('opt/sign.said'), 'utf8')).toBe('246810\n');
    expect(said).toContain('PIN … is wrong');
    expect(said).not.toContain('246810');
    for (const file of ['provenance.json', 'log/make.log'])
      expect(readFileSync(at(`${built}/${file}`), 'utf8')).not.toContain('246810');
  });
});

it("says aloud that there is no key where the kernel wants one, whatever 'auto' lets pass", async () => {
  const { outcome, said } = await build({ policy: '', enforced: true });
  expect(outcome).toMatchObject({ state: 'done' });
  expect(said).toMatch(
    /modules for .* are not signed: .* is not there .*; WILL NOT BE LOADED .*kmodsmith doctor/,
  );
});

it('sign-timeout = 1 gives a signer up after a second', async () => {
  const policy = `sign-command = "${command}"\nsign-timeout = 1\n`;
  const { outcome, said } = await build({ program: 'sleep 60', policy });
  expect(outcome).toMatchObject({ state: 'done' });
  expect(said).toContain('/opt/sign did not end within 1 s');
});
