import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { build, compiles, telling } from './building.ts';
import { arch, release } from './machine.ts';

const folder = 'ROOT/var/lib/dkms/foo/1.0/build';

/** A patch that turns the first line of foo.c into the second. */
const patch = (from: string, to: string) => `--- a/foo.c\n+++ b/foo.c\n@@ -1,1 +1,1 @@\n-${from}\n+${to}\n`;

describe('PATCH', () => {
  it('applies what is for this kernel, in order, to the copy only', async () => {
    const { scratch, error, text, result } = await build({
      conf: `PATCH=(one.patch no.patch three.patch)\nPATCH_MATCH=('' '^5' '^6')\nMAKE="cp foo.c $dkms_tree/../built.c && $MAKE"`,
      prepare: ({ write }) => {
        write('usr/src/foo-1.0/patches/one.patch', patch('int x;', 'int y;'));
        write('usr/src/foo-1.0/patches/no.patch', patch('int x;', 'int never;'));
        write('usr/src/foo-1.0/patches/three.patch', patch('int y;', 'int z;'));
      },
    });
    expect(error).toBeUndefined();
    expect(text('var/lib/built.c')).toBe('int z;\n');
    expect(text('usr/src/foo-1.0/foo.c')).toBe('int x;\n');
    const log = readFileSync(`${result}/log/make.log`, 'utf8');
    expect(log.match(/^Applying patch .*$/gm)).toEqual([
      'Applying patch one.patch',
      'Applying patch three.patch',
    ]);
    expect(log).toContain('# command: patch -p1 < ./patches/one.patch\n');
    expect(existsSync(`${scratch.path}/usr/src/foo-1.0/foo.c.orig`)).toBe(false);
  });

  it("takes an admin's patches over the package's, and more of them", async () => {
    const { error, text, scratch, result } = await build({
      conf: 'PATCH=(one.patch sub/own.patch)',
      make: `cp foo.c ../../../../../../built.c && ${compiles('foo')}`,
      prepare: ({ write }) => {
        write('usr/src/foo-1.0/patches/one.patch', 'rubbish');
        write('etc/dkms/foo/patches/one.patch', patch('int x;', 'int admin;'));
        write('etc/dkms/foo/patches/sub/own.patch', patch('int admin;', 'int own;'));
        write('etc/dkms/foo/patches/unnamed.patch', 'rubbish');
      },
    });
    expect(error).toBeUndefined();
    expect(text('built.c')).toBe('int own;\n');
    expect(text('usr/src/foo-1.0/patches/one.patch')).toBe('rubbish');
    const { overrides } = JSON.parse(readFileSync(`${result}/provenance.json`, 'utf8'));
    expect(overrides.map(({ path }: { path: string }) => path.replace(scratch.path, 'ROOT'))).toEqual([
      'ROOT/etc/dkms/foo/patches/one.patch',
      'ROOT/etc/dkms/foo/patches/sub/own.patch',
      'ROOT/etc/dkms/foo/patches/unnamed.patch',
    ]);
  });

  it.each<{ what: string; name: string; text?: string; code: string; says: string }>([
    { what: 'is missing', name: 'no.patch', code: 'PATCH_MISSING', says: 'names the patch no.patch' },
    { what: 'leaves its folder', name: '../dkms.conf', code: 'PATCH_MISSING', says: '../dkms.conf' },
    {
      what: 'does not apply',
      name: 'a.patch',
      text: patch('int other;', 'int y;'),
      code: 'PATCH_FAILED',
      says: 'a.patch',
    },
    {
      what: 'was applied before',
      name: 'a.patch',
      text: patch('int y;', 'int x;'),
      code: 'PATCH_FAILED',
      says: 'a.patch',
    },
    { what: 'is rubbish', name: 'a.patch', text: 'rubbish\n', code: 'PATCH_FAILED', says: 'a.patch' },
    { what: 'is a folder', name: '.', code: 'PATCH_MISSING', says: 'the patch .' },
  ])('that $what fails the build', async ({ name, text, code, says }) => {
    const { error, at, scratch } = await build({
      conf: `PATCH=${name}`,
      prepare: ({ write, folder: make }) => {
        make('usr/src/foo-1.0/patches');
        if (text !== undefined) write(`usr/src/foo-1.0/patches/${name}`, text);
      },
    });
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) });
    expect(error?.dkmsStatus).toBe(code === 'PATCH_MISSING' ? 5 : 6);
    expect(readdirSync(at('')).sort()).toEqual(['source']);
    expect(readdirSync(scratch.path)).not.toContain('said');
  });
});

describe('scripts', () => {
  const variables = [`arch=${arch}`, `kernelver=${release}`, 'module=foo', 'module_version=1.0'];

  it('run before make and after the result is in place, with arguments and environment', async () => {
    const { error, text, warnings, result } = await build({
      conf: `PRE_BUILD='pre.sh $kernelver "$module $arch" "a  b"'\nPOST_BUILD="post.sh $kernelver"`,
      make: `echo make >> ../../../../../../said && ${compiles('foo')}`,
      settings: { environment: { GIVEN: 'outside' } },
      prepare: (scratch) => {
        scratch.write('usr/src/foo-1.0/pre.sh', telling(scratch), 0o755);
        scratch.write(
          'usr/src/foo-1.0/post.sh',
          `${telling(scratch).replace('exit 0\n', '')}ls ../*/*/module >> ${scratch.path}/said`,
          0o755,
        );
      },
    });
    expect({ error, warnings }).toEqual({ error: undefined, warnings: [] });
    expect(text('said').trim().split('\n')).toEqual([
      `${folder}/pre.sh in ${folder}`,
      `<${release}>`,
      `<foo ${arch}>`,
      '<a  b>',
      'GIVEN=outside',
      ...variables,
      'make',
      `${folder}/post.sh in ${folder}`,
      `<${release}>`,
      'GIVEN=outside',
      ...variables,
      'foo.ko',
    ]);
    const log = readFileSync(`${result}/log/make.log`, 'utf8');
    expect(log.match(/^(Running|Building|Applying).*$/gm)).toEqual([
      'Running the pre_build script',
      'Building module(s)',
      'Running the post_build script',
    ]);
  });

  it("run after the patches, which may bring them, and an admin's run in the admin's folder", async () => {
    const { error, text } = await build({
      conf: 'PATCH=pre.patch\nPRE_BUILD=sub/pre.sh\nPOST_BUILD="post.sh x"',
      prepare: (scratch) => {
        scratch.write('usr/src/foo-1.0/sub/pre.sh', '#!/bin/sh\nexit 1\n', 0o755);
        scratch.write(
          'usr/src/foo-1.0/patches/pre.patch',
          `--- a/sub/pre.sh\n+++ b/sub/pre.sh\n@@ -1,2 +1,2 @@\n #!/bin/sh\n-exit 1\n+echo patched >> ${scratch.path}/said\n`,
        );
        scratch.write('usr/src/foo-1.0/post.sh', telling(scratch, 1), 0o755);
        scratch.write('etc/dkms/foo/post.sh', telling(scratch), 0o755);
      },
    });
    expect(error).toBeUndefined();
    expect(text('said').split('\n').slice(0, 3)).toEqual([
      'patched',
      'ROOT/etc/dkms/foo/post.sh in ROOT/etc/dkms/foo',
      '<x>',
    ]);
  });

  it('that cannot be executed are a warning', async () => {
    const { error, warnings } = await build({
      conf: 'PRE_BUILD=nothing.sh\nPOST_BUILD="foo.c x"',
    });
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      `foo 1.0 for ${release}: PRE_BUILD 'nothing.sh' is not executable and was not run`,
      `foo 1.0 for ${release}: POST_BUILD 'foo.c x' is not executable and was not run`,
    ]);
  });

  it.each([false, true])(
    'PRE_BUILD that fails ends the build with its status (kept: %s)',
    async (keepFailed) => {
      const { error, at, log } = await build({
        conf: 'PRE_BUILD="pre.sh a b"',
        settings: { keepFailed },
        prepare: (scratch) => scratch.write('usr/src/foo-1.0/pre.sh', '#!/bin/sh\necho no; exit 42\n', 0o755),
      });
      expect(error).toMatchObject({ code: 'SCRIPT_FAILED', dkmsStatus: 42, hint: `The whole log: ${log}` });
      expect(error?.message).toBe(`foo 1.0 for ${release}: PRE_BUILD 'pre.sh a b' ended with status 42\nno`);
      expect(readFileSync(log, 'utf8')).toMatch(/\nno\n\n# exit code: 42\n/);
      expect(readdirSync(at('')).sort()).toEqual(keepFailed ? ['build', 'source'] : ['source']);
      if (keepFailed) expect(readdirSync(at('build')).sort()).toEqual(['dkms.conf', 'foo.c', 'pre.sh']);
    },
  );

  it('POST_BUILD that fails is an error, but the module stays built', async () => {
    const { error, result } = await build({
      conf: 'POST_BUILD=post.sh',
      prepare: (scratch) => scratch.write('usr/src/foo-1.0/post.sh', '#!/bin/sh\nkill -TERM $$\n', 0o755),
    });
    expect(error).toMatchObject({ code: 'SCRIPT_FAILED', dkmsStatus: 143 });
    expect(readdirSync(`${result}/module`)).toEqual(['foo.ko']);
    expect(existsSync(`${result}/provenance.json`)).toBe(true);
  });
});

describe('build_environment', () => {
  it('gives make and the scripts what it exports, and nothing else', async () => {
    const { error, text } = await build({
      conf: 'PRE_BUILD=pre.sh',
      make: `echo "[\\$GIVEN][\\$HIDDEN][\\$kernelver]" >> ../../../../../../said; set -- ; ${compiles('foo')}`,
      prepare: (scratch) => {
        scratch.write('usr/src/foo-1.0/pre.sh', telling(scratch), 0o755);
        scratch.write(
          'etc/env-6',
          'HIDDEN=x; export GIVEN="$kernelver given"; gcc() { exit 7; }; set -e; cd /\necho noise\n',
        );
        scratch.write(
          'etc/dkms/framework.conf',
          `build_environment='${scratch.path}/etc/env-\${kernelver%%.*}'`,
        );
      },
      framework: { kernel: release },
    });
    expect(error).toBeUndefined();
    const said = text('said').trim().split('\n');
    expect(said).toContain(`GIVEN=${release} given`);
    expect(said.at(-1)).toBe(`[${release} given][][${release}]`);
  });

  it.each(['/no/such/file', '/'])('that is %s counts for nothing', async (file) => {
    const { error, log } = await build({
      prepare: (scratch) => scratch.write('etc/dkms/framework.conf', `build_environment=${file}`),
    });
    expect({ error, log: readFileSync(log, 'utf8').includes(`${file}:`) }).toEqual({
      error: undefined,
      log: false,
    });
  });
});

describe('make', () => {
  it.each<{ what: string; make: string; settings?: { jobs: number }; framework?: string; expected: string }>([
    {
      what: 'with jobs and the release',
      make: 'make a b',
      settings: { jobs: 3 },
      expected: `make -j3 KERNELRELEASE=${release} a b`,
    },
    {
      what: 'with any number of jobs',
      make: 'make',
      settings: { jobs: 0 },
      expected: `make -j KERNELRELEASE=${release}`,
    },
    {
      what: "with framework.conf's jobs",
      make: 'make',
      framework: 'parallel_jobs=5',
      expected: `make -j5 KERNELRELEASE=${release}`,
    },
    {
      what: "with the command line's jobs before framework.conf's",
      make: 'make',
      settings: { jobs: 2 },
      framework: 'parallel_jobs=5',
      expected: `make -j2 KERNELRELEASE=${release}`,
    },
    { what: 'not of another program', make: 'makefoo', settings: { jobs: 3 }, expected: 'makefoo' },
    {
      what: 'not after something else',
      make: 'cd . && make',
      settings: { jobs: 3 },
      expected: 'cd . && make',
    },
  ])('$what', async ({ make, settings = {}, framework = '', expected }) => {
    const { log } = await build({
      make,
      settings,
      prepare: ({ write }) => write('etc/dkms/framework.conf', framework),
    });
    expect(readFileSync(log, 'utf8')).toContain(`\nBuilding module(s)\n# command: ${expected}\n`);
  });

  it('is the plain call of kbuild when nothing is chosen', async () => {
    const { log } = await build({ conf: `MAKE_MATCH='^5'`, settings: { jobs: 1 } });
    expect(readFileSync(log, 'utf8')).toMatch(
      new RegExp(
        `# command: make -j1 KERNELRELEASE=${release} -C "\\$kernel_source_dir" M="/.*/foo/1.0/build"\n`,
      ),
    );
  });
});

describe('several modules', () => {
  const two =
    'BUILT_MODULE_NAME=(foo bar); DEST_MODULE_NAME[1]=baz; BUILT_MODULE_LOCATION[1]=sub; DEST_MODULE_LOCATION=(/extra /extra)\n';
  const prepare = ({ write }: { write(path: string, text: string): unknown }) =>
    write('usr/src/foo-1.0/sub/bar.c', 'int y;\n');

  it('are all in the result, under the names that they get', async () => {
    const { error, result } = await build({ conf: two, make: compiles('foo', 'sub/bar'), prepare });
    expect(error).toBeUndefined();
    expect(readdirSync(`${result}/module`)).toEqual(['baz.ko', 'foo.ko']);
  });

  it('only those that are for this kernel', async () => {
    const { error, result } = await build({
      conf: `${two}BUILD_EXCLUSIVE_KERNEL=('' '^5')\n`,
      make: compiles('foo'),
      prepare,
    });
    expect(error).toBeUndefined();
    expect(readdirSync(`${result}/module`)).toEqual(['foo.ko']);
  });

  it('one that is missing fails the build', async () => {
    const { error } = await build({ conf: two, make: compiles('foo'), prepare });
    expect(error).toMatchObject({ code: 'OBJECT_MISSING', dkmsStatus: 7 });
    expect(error?.message).toContain('sub/bar.ko is not there');
  });

  it('go with Module.symvers', async () => {
    const { result } = await build({ make: `${compiles('foo')} && echo symbols > Module.symvers` });
    expect(readdirSync(`${result}/module`)).toEqual(['Module.symvers', 'foo.ko']);
  });
});

it('lenient verification warns of what strict verification refuses', async () => {
  const make = compiles('foo').replace('$kernelver', '5.0-running');
  const { error, warnings, result } = await build({ make, settings: { verification: 'lenient' } });
  expect(error).toBeUndefined();
  expect(warnings).toEqual([
    expect.stringMatching(/^foo 1\.0 for .*: foo\.ko was made for 5\.0-running, so/),
  ]);
  expect(readdirSync(`${result}/module`)).toEqual(['foo.ko']);
});

it('a source with nothing but dkms.conf is not built', async () => {
  const { error } = await build({ prepare: ({ path }) => rmSync(`${path}/usr/src/foo-1.0/foo.c`) });
  expect(error).toMatchObject({ code: 'SOURCE_EMPTY', dkmsStatus: 8 });
});
