import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConf } from '../../../src/core/conf/conf.ts';
import { evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { survey } from '../../../src/core/facts.ts';
import { installModule } from '../../../src/core/install/install.ts';
import type { Sandbox } from '../../../src/core/sandbox/sandbox.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { build, compiles } from './building.ts';
import { variables } from './evaluate.ts';
import { addBuild, arch, makeMachine, release, tree } from './machine.ts';

/** As the engine reads it, and as the drop-in does where it adds or builds. */
const readings = ['engine', 'strict'] as const;

async function read(
  line: string,
  { errors, named = true }: { errors: (typeof readings)[number]; named?: boolean },
) {
  const scratch = makeScratchFolder();
  const base =
    'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nBUILT_MODULE_NAME=foo\nDEST_MODULE_LOCATION=/updates\n';
  const file = scratch.write('dkms.conf', `${base}${line}\n`);
  const [result] = await evaluateConfs([{ files: [file], variables }]);
  if (result === undefined) throw new Error('nothing was evaluated');
  const kernel = { release, arch, config: undefined };
  const module = { name: 'foo', version: '1.0' };
  return readConf(result, file, { ...(named && { module }), kernel, errors });
}

describe.each(readings)('a dkms.conf, read as %s', (errors) => {
  it.each([
    "BUILT_MODULE_LOCATION='../../other'",
    "BUILT_MODULE_LOCATION='a/../../b'",
    "BUILT_MODULE_LOCATION=$'a\\tb'",
    "BUILT_MODULE_NAME='../foo'",
    "BUILT_MODULE_NAME='/etc/foo'",
    "BUILT_MODULE_NAME='..'",
    "BUILT_MODULE_NAME='-rf'",
    "BUILT_MODULE_NAME='foo*'",
    "BUILT_MODULE_NAME=$'fo\\no'",
    "BUILT_MODULE_NAME='$(printf foo\\\\033)'",
    "DEST_MODULE_NAME='a/b'",
    "DEST_MODULE_NAME='../../../etc/foo'",
    "DEST_MODULE_NAME='-foo'",
    "DEST_MODULE_NAME='f?o'",
    "DEST_MODULE_NAME='f o'",
    "DEST_MODULE_LOCATION='/etc'",
    "DEST_MODULE_LOCATION='updates'",
    "DEST_MODULE_LOCATION='-updates'",
    "DEST_MODULE_LOCATION='/updates/../../../etc'",
    "DEST_MODULE_LOCATION='/kernel/../..'",
    "DEST_MODULE_LOCATION='/updates/*'",
    "DEST_MODULE_LOCATION='/updates/a b'",
    "DEST_MODULE_LOCATION=$'/updates/\\n/etc'",
  ])('with %s is an error', async (line) => {
    const directive = line.split('=')[0] ?? '';
    const found = await read(line, { errors });
    expect(found).toBeInstanceOf(KmodsmithError);
    expect(found).toMatchObject({ code: 'CONF_INVALID', message: expect.stringContaining(directive) });
  });

  it.each(['PACKAGE_NAME', 'PACKAGE_VERSION'])(
    'that says what the module is called, by %s',
    async (directive) => {
      for (const value of [
        '../../etc',
        '/etc',
        '..',
        'a/b',
        '-x',
        '.hidden',
        'a b',
        'a*',
        '$(printf x\\\\001)',
      ]) {
        const found = await read(`${directive}='${value}'`, { errors, named: false });
        expect(found, value).toMatchObject({
          code: 'CONF_INVALID',
          message: expect.stringContaining(directive),
        });
      }
    },
  );

  it.each([
    "BUILT_MODULE_LOCATION='/src/deep/'",
    "BUILT_MODULE_LOCATION='my folder'",
    "BUILT_MODULE_NAME='snd-hda_intel.1'",
    "DEST_MODULE_LOCATION='/kernel/../misc/'",
    "DEST_MODULE_LOCATION='/kernel/drivers/net/r8168+x'",
  ])('with %s, as packages may have it, is fine', async (line) => {
    expect(await read(line, { errors })).not.toBeInstanceOf(KmodsmithError);
  });
});

/** Without any confinement: only what is believed of a build's folder differs. */
const sandbox: Sandbox = { wrap: () => [], showsFolders: false };

/** Whether what is outside of the build's folder is still what it was. */
const outside = 'ROOT/outside/other.ko';

describe('a build', () => {
  it.each([
    { what: 'a module that is a link out', after: `ln -sf ../../../../../../outside/other.ko foo.ko` },
    {
      what: 'a module in a folder that is a link out',
      after: 'rm foo.ko; ln -s ../../../../../../outside sub',
      conf: 'BUILT_MODULE_NAME=other; BUILT_MODULE_LOCATION=sub',
    },
    { what: 'a module that is a FIFO', after: 'rm foo.ko; mkfifo foo.ko' },
    { what: 'a module that is a folder', after: 'rm foo.ko; mkdir foo.ko' },
    { what: 'symbols that are a link out', after: 'ln -s /etc/shadow Module.symvers' },
  ])('takes no $what', async ({ after, conf = '' }) => {
    const { error, scratch, result } = await build({
      conf,
      make: `${compiles('foo')} && ${after}`,
      settings: { sandbox },
      prepare: ({ write }) => write('outside/other.ko', outside),
    });
    expect(error).toMatchObject({ code: 'VERIFY_FAILED' });
    expect(readFileSync(`${scratch.path}/outside/other.ko`, 'utf8')).toBe(outside);
    expect(existsSync(result)).toBe(false);
  });

  it.each([
    { name: '../../../../etc/shadow', code: 'PATCH_MISSING' },
    { name: '/etc/shadow', code: 'PATCH_MISSING' },
    { name: '-p0', code: 'PATCH_MISSING' },
    { name: '*.patch', code: 'PATCH_MISSING' },
    { name: 'a b', code: 'PATCH_MISSING' },
    { name: 'secret.patch', code: 'PATCH_FAILED' },
    { name: 'climbing.patch', code: 'PATCH_FAILED' },
  ])('applies no patch $name', async ({ name, code }) => {
    const { error, scratch, at } = await build({
      conf: `PATCH='${name}'`,
      prepare: ({ write, link }) => {
        const climbing = '--- a/../../victim\n+++ b/../../victim\n@@ -1 +1 @@\n-whole\n+broken\n';
        write('usr/src/foo-1.0/patches/climbing.patch', climbing);
        write('var/lib/dkms/foo/victim', 'whole\n');
        link('/etc/shadow', 'usr/src/foo-1.0/patches/secret.patch');
      },
    });
    expect(error).toMatchObject({ code, message: expect.stringContaining(name) });
    expect(readFileSync(`${scratch.path}/var/lib/dkms/foo/victim`, 'utf8')).toBe('whole\n');
    expect(readdirSync(at('')).sort()).toEqual(['source']);
  });

  it('tells nobody of what only root may read, through links or words of its', async () => {
    const { error, result, scratch } = await build({
      make: `true /secret /open; ${compiles('foo')}`,
      settings: { sandbox },
      prepare: ({ write, link, path }) => {
        write('secret', 'precious', 0o600);
        write('open', 'for all');
        link(`${path}/secret`, 'usr/src/foo-1.0/link-to-secret');
        link(`${path}/open`, 'usr/src/foo-1.0/link-to-open');
      },
    });
    expect(error).toBeUndefined();
    const { sources, reads } = JSON.parse(readFileSync(`${result}/provenance.json`, 'utf8'));
    const paths = [...sources, ...reads].map(({ path }: { path: string }) =>
      path.replace(scratch.path, 'ROOT'),
    );
    expect(paths).toEqual(expect.arrayContaining(['link-to-open', 'ROOT/open']));
    expect(paths.filter((path) => path.includes('secret'))).toEqual([]);
  });
});

it('a link to what only root may read makes no build stale', async () => {
  const machine = makeMachine();
  const secret = machine.scratch.write('secret', 'precious', 0o600);
  machine.scratch.link(secret, 'usr/src/foo-1.0/link-to-secret');
  await addBuild(machine);
  const { facts } = await survey(readerOf(machine.layout), everything);
  expect(facts.pairs[0]?.build?.changes).toEqual([]);
});

describe('an install', () => {
  const distribution = detectDistribution({ id: 'gentoo', idLike: [] });
  const place = { originals: 'overwritten-only', ownVersions: 'replace', addonFolder: undefined } as const;

  async function install(destination: string) {
    const machine = makeMachine();
    await addBuild(machine);
    const objects = [{ index: 0, built: 'foo', name: 'foo', destination, strip: true }];
    const at = { module: machine.module, release, arch };
    const modules = `${machine.scratch.path}/lib/modules/${release}`;
    const run = () => installModule({ layout: machine.layout, at, objects, distribution, ...place });
    return { machine, modules, run };
  }

  it.each([
    { destination: '/kernel/../build', link: '' },
    { destination: '/kernel/../build/scripts', link: '' },
    { destination: '/updates/deep', link: 'updates' },
    { destination: '/extra', link: 'extra' },
  ])('puts nothing into $destination where a link leads out', async ({ destination, link }) => {
    const { machine, modules, run } = await install(destination);
    const headers = `${machine.scratch.path}/${tree}`;
    const before = readdirSync(headers, { recursive: true });
    mkdirSync(`${machine.scratch.path}/outside`);
    if (link !== '') symlinkSync('../../../outside', `${modules}/${link}`);
    const error = await run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining("which is not in the kernel's own folder"),
    });
    expect(readdirSync(headers, { recursive: true })).toEqual(before);
    expect(readdirSync(`${machine.scratch.path}/outside`)).toEqual([]);
    expect(existsSync(`${machine.scratch.path}/var/lib/dkms/foo/kernel-${release}-${arch}`)).toBe(false);
  });

  it('follows links that stay inside, and one to the whole of it', async () => {
    const { modules, run } = await install('/extra/deep');
    mkdirSync(`${modules}/real`);
    symlinkSync('real', `${modules}/extra`);
    expect((await run()).installed).toHaveLength(1);
    expect(readdirSync(`${modules}/real/deep`)).toEqual(['foo.ko.xz']);
  });

  it('leaves alone what a link in the place of its file leads to', async () => {
    const { machine, modules, run } = await install('/extra');
    const victim = machine.scratch.write('victim', 'whole');
    mkdirSync(`${modules}/extra`);
    symlinkSync(victim, `${modules}/extra/foo.ko.xz`);
    expect((await run()).installed).toHaveLength(1);
    expect(lstatSync(`${modules}/extra/foo.ko.xz`).isFile()).toBe(true);
    expect(readFileSync(victim, 'utf8')).toBe('whole');
  });
});
