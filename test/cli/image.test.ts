import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { addToyKernels, missingTools, toyModule, toyReleases } from '../support/toy-kernels.ts';

const missing = await missingTools();

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

describe('build and install for a whole system', () => {
  it.each([
    [['build'], 'no module is registered here, and there is no source of one'],
    [['build', 'toy/1.0'], 'there is no kernel here'],
    [['install', 'toy/1.0', 'other/2'], 'there is no kernel here'],
    [['install', 'toy/1.0', '-k', '6.12.1'], 'toy 1.0 is not registered'],
    [['autoinstall'], 'there is no kernel here'],
  ])('%j says what is not there', (argv, expected) => {
    const result = root.kmodsmith(...argv, '--dry-run');
    expect(result).toMatchObject({ stdout: '', stderr: expect.stringContaining(expected) });
    expect(result.status).toBeGreaterThanOrEqual(4);
    expect(root.snapshot()).toEqual({});
  });

  it('takes every source for every kernel, without a word of any', async (context) => {
    requireOrSkip(context, missing);
    await addToyKernels(root);
    root.write('usr/src/broken-1/dkms.conf', 'PACKAGE_NAME=(\n');
    root.write('usr/src/elsewhere-1/dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION=1\n');
    const before = root.snapshot();
    const { status, stdout } = root.kmodsmith('install', '--dry-run', '--json');
    const { plan, refused } = JSON.parse(stdout);
    const [first, second] = [...toyReleases].sort();
    const done = plan.actions.map((action: { do: string; kernel?: { release: string } }) =>
      `${action.do} ${action.kernel?.release ?? ''}`.trim(),
    );
    expect(done).toEqual([
      'register',
      ...[`build ${first}`, `install ${first}`, `build ${second}`, `install ${second}`],
      ...[`depmod ${first}`, `depmod ${second}`],
    ]);
    expect(plan.actions[0].module).toEqual(toyModule);
    expect([status, refused.map(({ code }: { code: string }) => code).sort()]).toEqual([
      1,
      ['CONF_SYNTAX', 'MODULE_MISMATCH'],
    ]);
    expect(root.snapshot()).toEqual(before);
  });
});

describe('a root with a shell', () => {
  beforeEach(() => {
    root.write('bin/sh', 'of another machine');
    chmodSync(join(root.path, 'bin/sh'), 0o755);
    root.write('srv/toy/dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\n');
    root.write('srv/toy/toy.c', '');
  });

  it.each([[['install']], [['autoinstall']], [['run', '--all']], [['gc']], [['remove', 'toy/1.0']]])(
    '%j is done inside of it, or not at all',
    (argv) => {
      const before = root.snapshot();
      const result = root.kmodsmith(...argv);
      expect(result).toMatchObject({ status: 1, stdout: '' });
      expect(result.stderr).toMatch(/ cannot be entered: | takes root\n/);
      expect(root.snapshot()).toEqual(before);
    },
  );

  it('takes files of ours from outside', () => {
    const added = root.kmodsmith('add', join(root.path, 'srv/toy'));
    expect(added).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(root.path, 'usr/src/toy-1.0/toy.c'))).toBe(true);
  });

  it('can be looked at from outside by anybody', () => {
    chmodSync(root.path, 0o755);
    expect(root.kmodsmithAsNobody('status')).toMatchObject({ status: 0, stderr: '' });
    expect(root.kmodsmithAsNobody('install', '--dry-run')).toMatchObject({ status: 4 });
    const result = root.kmodsmithAsNobody('install');
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toContain('is worked on inside of it, which takes root');
  });
});

describe('a system of ostree', () => {
  const queue = 'var/lib/kmodsmith/queue';

  it.each<[string, string[], Record<string, string>]>([
    ['by its mark', ['run/ostree-booted'], {}],
    ['by what kernel-install says', [], { KERNEL_INSTALL_LAYOUT: 'ostree' }],
  ])('is known %s: a hook does nothing, says so, and fails nothing', (_what, files, env) => {
    for (const file of files) root.write(file, '');
    root.write('etc/kmodsmith/policy.d/a.toml', 'nonsense = true\n');
    root.write('usr/src/toy-1.0/dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\n');
    root.write(`${queue}/call.abc`, 'a call');
    const recorded = { KMODSMITH_CALL: join(root.path, queue, 'call.abc') };
    const result = root.hook({ ...env, ...recorded }, 'dpkg', 'postinst.d', '6.12.1');
    expect(result).toMatchObject({ status: 0, stdout: '' });
    expect(result.stderr).toMatch(/^kmodsmith: nothing is done, .*: kmodsmith install --root FOLDER.*\n$/);
    expect(readdirSync(join(root.path, queue))).toEqual([]);
    expect(root.hook(env, 'dpkg', 'postinst.d', '6.12.1').status).toBe(0);
    expect(readdirSync(join(root.path, queue))).toEqual([]);
    expect(existsSync(join(root.path, 'var/lib/dkms'))).toBe(false);
  });

  it('is told by doctor', () => {
    root.write('run/ostree-booted', '');
    expect(root.kmodsmith('doctor').stdout).toMatch(
      /^note +system: this system booted by ostree .*\n +next: /,
    );
  });
});

describe('/var', () => {
  beforeEach(() => root.write('usr/src/toy-1.0/dkms.conf', 'PACKAGE_NAME=toy\nPACKAGE_VERSION=1.0\n'));

  it('is made where an image has none', () => {
    expect(root.kmodsmith('add', 'toy/1.0')).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(root.path, 'var/lib/dkms/toy/1.0/build'))).toBe(true);
  });

  it('that leads nowhere is not', () => {
    root.link('nowhere/var', 'var');
    const result = root.kmodsmith('add', 'toy/1.0');
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toContain('/var leads to nowhere/var, which is not there\n  Make that folder');
  });
});
