import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { buildPath, type DebianMachine, installedPath, openMachine } from '../support/debian-machine.ts';
import { sample } from '../support/extent.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

interface Repair {
  readonly state: string;
  readonly message?: string;
  readonly finding: { readonly kind: string };
}

/** One machine through its life: what is broken is mended, so the next thing can be broken. */
describe('a Debian with a real module for two real kernels', () => {
  let machine: DebianMachine;
  let kernel: TestKernel;
  let other: TestKernel;
  let module: Buffer;

  beforeAll(async () => {
    if (inject('testBedMissing') !== '') return;
    machine = await openMachine('trixie-kernels-thin');
    [kernel, other] = machine.kernels as [TestKernel, TestKernel];
    for (const one of [kernel, other]) await installHeaders(machine.root, one);
    module = await machine.root.readBytes(installed());
  });
  afterAll(() => machine?.[Symbol.asyncDispose]());

  const installed = () => installedPath(machine, kernel);
  const result = () => buildPath(machine, kernel);
  const link = () => `/var/lib/dkms/v4l2loopback/kernel-${kernel.release}-x86_64`;
  const index = () => `/lib/modules/${kernel.release}/modules.dep`;
  const shell = (script: string, ...words: string[]) =>
    machine.root.run(['sh', '-ec', script, 'test', ...words]);
  const json = async (...argv: string[]) => {
    const { stdout } = await shell('kmodsmith "$@" --json || [ $? = 1 ]', ...argv);
    return JSON.parse(stdout);
  };
  const kinds = async (...argv: string[]): Promise<string[]> =>
    (await json('repair', ...argv)).repairs.map(({ finding, state }: Repair) => `${finding.kind} ${state}`);
  const isLoadable = async () => {
    const { stdout } = await machine.root.run([
      'modprobe',
      '-S',
      kernel.release,
      '--show-depends',
      'v4l2loopback',
    ]);
    return stdout.includes(installed().replace('/lib/', ''));
  };

  async function expectSound(): Promise<void> {
    expect(await machine.root.readBytes(installed())).toEqual(module);
    expect(await isLoadable()).toBe(true);
    expect(await kinds()).toEqual([]);
    expect((await machine.root.run(['kmodsmith', 'plan'])).stdout).toContain('Nothing to do.');
  }

  test('is sound, and a repair touches nothing', async () => {
    await expectSound();
  });

  const damages: readonly [what: string, script: string, found: string[]][] = [
    ['an installed file is gone', 'rm "$1"', ['file-missing mended', 'index-outdated mended']],
    ['an installed file is altered', 'printf x >>"$1"', ['file-altered mended']],
    ['an installed file is empty', ': >"$1"', ['file-altered mended']],
    ['the index was never made', 'rm "$4"*', ['index-outdated mended']],
    [
      'the index lists what is not there',
      'echo "updates/dkms/ghost.ko.xz:" >>"$4"',
      ['index-outdated mended'],
    ],
    ['the manifest is gone', 'rm "$2/manifest.json"', ['manifest-missing mended']],
    ['the active link is gone', 'rm "$3"', ['link-lost mended']],
    [
      'manifest and file are gone',
      'rm "$2/manifest.json" "$1"',
      ['not-in-place mended', 'index-outdated mended'],
    ],
    ['a swap was cut short', 'mv "$2" "$5/.old_x86_64"', ['cut-short mended']],
    ['a build was cut short', 'mkdir "$5/.tmp_x86_64_kmodsmithabc123"', ['cut-short mended']],
  ];

  test.for(sample(damages, 5))('%s', async ([, script, found]) => {
    await shell(script, installed(), result(), link(), index(), dirname(result()));
    expect(await kinds('--dry-run')).toEqual(found);
    expect(await kinds()).toEqual(found);
    await expectSound();
  });

  test('a build is gone with all that is known of it: what it had installed goes, until it is built again', async () => {
    await shell('rm -r "$1"', dirname(result()));
    expect(await kinds()).toEqual(['link-without-build mended']);
    expect(await machine.root.exists(installed())).toBe(false);
    expect(await machine.root.exists(link())).toBe(false);
    expect(await machine.root.read(index())).not.toContain('v4l2loopback');
    expect(await kinds()).toEqual([]);
    await machine.root.run(['kmodsmith', 'run', '--all']);
    module = await machine.root.readBytes(installed());
    await expectSound();
  });

  test('the modules of a build are gone: what it had installed goes by its manifest', async () => {
    await shell('rm -r "$1/module"', result());
    expect(await kinds()).toEqual(['build-gone mended']);
    expect(await machine.root.exists(installed())).toBe(false);
    expect(await machine.root.read(index())).not.toContain('v4l2loopback');
    expect(await kinds()).toEqual([]);
    await machine.root.run(['kmodsmith', 'run', '--all']);
    module = await machine.root.readBytes(installed());
    await expectSound();
  });

  test('a source that is gone is told and nothing is taken away', async () => {
    await shell('mv "/usr/src/$1" /srv/aside', `v4l2loopback-${machine.module.version}`);
    expect(await kinds()).toEqual(['source-missing left']);
    expect(await machine.root.readBytes(installed())).toEqual(module);
    const { diagnoses } = await json('doctor');
    expect(diagnoses).toContainEqual(expect.objectContaining({ check: 'installed', level: 'problem' }));
    await shell('mv /srv/aside "/usr/src/$1"', `v4l2loopback-${machine.module.version}`);
    await expectSound();
  });

  test('provenance names the packages of the kernel, its compiler and what was built', async () => {
    const { name, version } = machine.module;
    const statement = await json('provenance', `${name}/${version}`, '-k', kernel.release);
    expect(statement.subject).toEqual([
      { name: 'v4l2loopback.ko.xz', digest: { sha256: await sum(`${result()}/module/v4l2loopback.ko.xz`) } },
    ]);
    const { internalParameters, resolvedDependencies } = statement.predicate.buildDefinition;
    expect(internalParameters.packages).toMatchObject({
      image: { manager: 'dpkg', name: kernel.image },
      headers: { manager: 'dpkg', name: kernel.headers, version: kernel.version },
    });
    const tools = resolvedDependencies.filter(
      ({ annotations }: { annotations: { role: string } }) => annotations.role === 'tool',
    );
    const compiler = tools.find(({ name: program }: { name: string }) => program.includes('gcc'));
    expect(compiler.annotations).toMatchObject({ target: 'x86_64-linux-gnu' });
    expect(compiler.digest.sha256).toMatch(/^[0-9a-f]{64}$/);
    const page = (await machine.root.run(['kmodsmith', 'provenance', name, '-k', kernel.release])).stdout;
    expect(page).toContain(`${kernel.headers} ${kernel.version}`);
    expect(page).toMatch(/changed +nothing/);
  });

  async function sum(path: string): Promise<string> {
    return (await machine.root.run(['sha256sum', path])).stdout.split(' ')[0] ?? '';
  }

  test('apt removed a kernel behind our back: gc takes its builds and leaves the others', async () => {
    await shell('chmod -x /etc/kernel/*/kmodsmith; apt-get remove "$1" "$2"', other.image, other.headers);
    expect(await machine.root.exists(installedPath(machine, other))).toBe(true);
    const planned = await json('gc', '--dry-run');
    const builds = planned.removed.flatMap(
      ({ build }: { build?: { release: string } }) => build?.release ?? [],
    );
    expect(builds).toEqual([other.release]);
    expect(await machine.root.exists(installedPath(machine, other))).toBe(true);
    const { removed, failed, bytes } = await json('gc');
    expect({ removed, failed }).toEqual({ removed: planned.removed, failed: [] });
    expect(bytes).toBeGreaterThan(10_000);
    expect(await machine.root.exists(buildPath(machine, other))).toBe(false);
    expect(await machine.root.exists(`/lib/modules/${other.release}/updates`)).toBe(false);
    expect(await machine.root.exists(`/var/lib/dkms/v4l2loopback/kernel-${other.release}-x86_64`)).toBe(
      false,
    );
    expect((await json('gc')).removed).toEqual([]);
    await expectSound();
  });
});
