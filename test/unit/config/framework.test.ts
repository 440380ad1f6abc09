import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FrameworkReading, readFramework } from '../../../src/config/framework.ts';
import { countProcesses } from '../../support/count-processes.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

/** A root with these files below /etc/dkms. */
function root(files: Record<string, string>): ScratchFolder {
  const scratch = makeScratchFolder();
  for (const [name, text] of Object.entries(files)) scratch.write(`etc/dkms/${name}`, text);
  return scratch;
}

const read = (files: Record<string, string>, reading?: FrameworkReading) =>
  readFramework(root(files).path, reading);

const defaults = {
  sourceTree: '/usr/src',
  dkmsTree: '/var/lib/dkms',
  installTree: '/lib/modules',
  temporaryFolder: '/tmp',
  verbose: false,
  symlinkModules: false,
  autoinstallAllKernels: false,
  modprobeOnInstall: false,
  compression: {
    gzip: [],
    xz: ['--check=crc32', '--lzma2=dict=1MiB'],
    zstd: ['-q', '--rm', '-T0'],
  },
  signing: {},
  continueOnError: true,
};

describe('without a word', () => {
  it.each<{ what: string; files: Record<string, string> }>([
    { what: 'no files', files: {} },
    { what: "comments, as Debian's", files: { 'framework.conf': '# dkms_tree="/x"\n\n  \t# verbose=1\n' } },
    { what: 'an empty file', files: { 'framework.conf': '', 'framework.conf.d/a.conf': '\n' } },
    {
      what: 'files that are none of it',
      files: {
        'framework.conf.d/a.conf.bak': 'verbose=1',
        'framework.conf.d/.hidden.conf': 'verbose=1',
        'framework.conf.d/README': 'verbose=1',
      },
    },
  ])('$what: starts no process', async ({ files }) => {
    const { path } = root(files);
    const processes = await countProcesses(async () => {
      expect(await readFramework(path)).toMatchObject(defaults);
    });
    expect(processes).toBe(0);
  });

  it("a folder in a file's place, a dangling link", async () => {
    const scratch = makeScratchFolder();
    scratch.folder('etc/dkms/framework.conf');
    scratch.link('/nowhere', 'etc/dkms/framework.conf.d/a.conf');
    expect(await readFramework(scratch.path)).toMatchObject(defaults);
  });
});

it('reads everything, in one process', async () => {
  const { path } = root({
    'framework.conf': `
      source_tree=/s dkms_tree="/t" install_tree='/i' tmp_location=/tmp/x
      verbose=1; symlink_modules="y"; autoinstall_all_kernels=yes; modprobe_on_install=no
      parallel_jobs=0; compress_gzip_opts="-9  -v"; compress_xz_opts=""; compress_zstd_opts=-19
      build_environment=/etc/env; post_transaction="echo \\"done\\" $kernelver"
      sign_file=/bin/sign; mok_signing_key="pkcs11:x;y"; mok_certificate=/c.pem; try_sign_modules=false
      continue_on_error=no
    `,
  });
  const processes = await countProcesses(async () => {
    expect(await readFramework(path, { kernel: '6.12' })).toEqual({
      sourceTree: '/s',
      dkmsTree: '/t',
      installTree: '/i',
      temporaryFolder: '/tmp/x',
      verbose: true,
      symlinkModules: true,
      autoinstallAllKernels: true,
      modprobeOnInstall: true,
      parallelJobs: 0,
      compression: { gzip: ['-9', '-v'], xz: [], zstd: ['-19'] },
      buildEnvironment: '/etc/env',
      postTransaction: 'echo "done" 6.12',
      signing: { signFile: '/bin/sign', key: 'pkcs11:x;y', certificate: '/c.pem', trySignModules: 'false' },
      continueOnError: false,
    });
  });
  expect(processes).toBe(1);
});

describe('plain assignments', () => {
  const name = fc.constantFrom(
    'source_tree',
    'verbose',
    'parallel_jobs',
    'sign_file',
    'post_transaction',
    'PATH',
  );
  const words = fc.string({
    unit: fc.constantFrom('a', '/', '~', '"', "'", '\\', '$', ' ', '#', ';', '=', ':'),
  });
  const value = fc.oneof(fc.constantFrom('yes', '"yes"', "'a b'", '/x-1.conf', '', '""'), words);
  const after = fc.constantFrom('', ' ', ' # why', '#', '; verbose=1', ' x', '\r', '\t');
  const line = fc.tuple(name, value, after).map(([key, text, end]) => `${key}=${text}${end}`);
  const comment = fc.constantFrom('# a note', '', '  \t# parallel_jobs=9');
  const file = fc
    .array(fc.oneof(line, comment), { maxLength: 3 })
    .map((lines) => lines.join('\n'))
    // Process ids are others each time.
    .filter((text) => !/\$[$!]/.test(text));

  it("are read without a process, as Debian's own", async () => {
    const text = '# on\nautoinstall_all_kernels="yes"\n';
    const { path } = root({
      'framework.conf': '# none',
      'framework.conf.d/autoinstall_all_kernels.conf': text,
    });
    const processes = await countProcesses(async () => {
      expect(await readFramework(path)).toEqual({ ...defaults, autoinstallAllKernels: true });
    });
    expect(processes).toBe(0);
  });

  it('mean what they mean to bash', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        const outcome = (files: Record<string, string>) =>
          read({ 'framework.conf': text, ...files }).catch((error: { code: string }) => error.code);
        // A word that is no assignment takes the whole to bash.
        expect(await outcome({})).toEqual(await outcome({ 'framework.conf.d/a.conf': 'true' }));
      }),
      { numRuns: 60 },
    );
  });
});

describe('several files', () => {
  it('are read in the order of their names, and see those before', async () => {
    const framework = await read({
      'framework.conf': 'dkms_tree=/main; post_transaction=a',
      'framework.conf.d/20-b.conf': 'dkms_tree=$dkms_tree/b',
      'framework.conf.d/10-a.conf': 'dkms_tree=$dkms_tree/a; post_transaction="$post_transaction b"',
      'framework.conf.d/9.conf': 'dkms_tree=$dkms_tree/9',
    });
    expect(framework).toMatchObject({ dkmsTree: '/main/a/b/9', postTransaction: 'a b' });
  });

  it('one of them alone counts', async () => {
    expect(await read({ 'framework.conf.d/a.conf': 'verbose=1' })).toMatchObject({ verbose: true });
  });

  it('see the defaults', async () => {
    const files = { 'framework.conf': 'dkms_tree=$dkms_tree-2 tmp_location=$tmp_location/dkms' };
    expect(await read(files, { environment: { TMPDIR: '/var/tmp' } })).toMatchObject({
      dkmsTree: '/var/lib/dkms-2',
      temporaryFolder: '/var/tmp/dkms',
    });
  });
});

it('lets no function, variable or folder of a file reach anything else', async () => {
  const scratch = makeScratchFolder();
  scratch.write(
    'etc/dkms/framework.conf',
    'run() { exit 9; }; printf() { :; }; cd /; export PATH=/x; verbose=1',
  );
  scratch.write('etc/dkms/framework.conf.d/b.conf', 'sign_file=/b; unset() { exit 9; }');
  const folder = process.cwd();
  expect(await readFramework(scratch.path)).toMatchObject({ verbose: true, signing: { signFile: '/b' } });
  expect(process.cwd()).toBe(folder);
  expect(process.env['PATH']).not.toBe('/x');
});

describe('$kernelver', () => {
  it.each([
    "sign_file='/k/$kernelver/sign'",
    'sign_file=/k/$kernelver/sign',
    'sign_file="/k/\\$kernelver/sign"',
  ])('%s', async (text) => {
    const files = { 'framework.conf': text };
    expect((await read(files, { kernel: '6.12-a' })).signing).toEqual({ signFile: '/k/6.12-a/sign' });
    expect((await read(files)).signing).toEqual({ signFile: '/k//sign' });
  });
});

describe('the environment', () => {
  const environment = {
    parallel_jobs: '7',
    modprobe_on_install: '1',
    build_environment: '/env',
    post_transaction: 'sync',
    sign_file: '/sign',
    mok_signing_key: '/key',
    mok_certificate: '/cert',
    try_sign_modules: 'true',
    dkms_tree: '/never',
    verbose: '1',
    symlink_modules: '1',
    compress_xz_opts: '-9',
    continue_on_error: 'no',
  };
  const inherited = {
    ...defaults,
    parallelJobs: 7,
    modprobeOnInstall: true,
    buildEnvironment: '/env',
    postTransaction: 'sync',
    signing: { signFile: '/sign', key: '/key', certificate: '/cert', trySignModules: 'true' },
  };

  it('gives what dkms never clears, and nothing else', async () => {
    expect(await read({}, { environment })).toEqual(inherited);
    expect(await read({ 'framework.conf': 'true' }, { environment })).toEqual(inherited);
  });

  it('loses against a file, which may build on it', async () => {
    const files = { 'framework.conf': 'parallel_jobs=2; sign_file=$sign_file.new; mok_certificate=' };
    expect(await read(files, { environment })).toEqual({
      ...inherited,
      parallelJobs: 2,
      signing: { signFile: '/sign.new', key: '/key', trySignModules: 'true' },
    });
  });

  it('gives nothing to whoever does not pass it on', async () => {
    process.env['parallel_jobs'] = '3';
    const framework = await read({ 'framework.conf': 'true' });
    delete process.env['parallel_jobs'];
    expect(framework).not.toHaveProperty('parallelJobs');
  });
});

it.each([
  { value: '', jobs: undefined },
  { value: '-1', jobs: undefined },
  { value: 'four', jobs: undefined },
  { value: '1.5', jobs: undefined },
  { value: '$(echo 4)', jobs: 4 },
  { value: '08', jobs: 8 },
])('parallel_jobs="$value" is $jobs', async ({ value, jobs }) => {
  expect((await read({ 'framework.conf': `parallel_jobs="${value}"` })).parallelJobs).toBe(jobs);
});

it.each([
  { value: 'false', on: false },
  { value: 'No', on: false },
  { value: '0', on: false },
  { value: 'true', on: true },
  { value: '', on: true },
])('continue_on_error="$value" is $on', async ({ value, on }) => {
  expect((await read({ 'framework.conf': `continue_on_error="${value}"` })).continueOnError).toBe(on);
});

describe('a broken file', () => {
  it.each(['exit 3', 'exec true'])('%s is an error with its name', async (text) => {
    const { path } = root({ 'framework.conf': 'verbose=1', 'framework.conf.d/bad.conf': text });
    await expect(readFramework(path)).rejects.toMatchObject({
      code: 'FRAMEWORK_INVALID',
      message: expect.stringContaining(`${path}/etc/dkms/framework.conf.d/bad.conf`),
    });
  });

  it('is left out where that is only a warning', async () => {
    const { path } = root({
      'framework.conf': 'verbose=1; exit 3',
      'framework.conf.d/a.conf': 'parallel_jobs=$((1 + 2))',
      'framework.conf.d/b.conf': 'exit',
    });
    const said: string[] = [];
    const framework = await readFramework(path, { onWarning: (message) => said.push(message) });
    expect(framework).toMatchObject({ verbose: false, parallelJobs: 3 });
    expect(said).toEqual([
      expect.stringContaining('framework.conf: calls exit (status 3)'),
      expect.stringContaining('framework.conf.d/b.conf: calls exit'),
    ]);
  });

  it('counts up to a syntax error, as for dkms', async () => {
    expect(await read({ 'framework.conf': 'verbose=1\nif\nsymlink_modules=1\n' })).toMatchObject({
      verbose: true,
      symlinkModules: false,
    });
  });

  it('with DOS line ends counts', async () => {
    const files = { 'framework.conf': 'dkms_tree="/t"\r\nparallel_jobs=3\r\n' };
    expect(await read(files)).toMatchObject({ dkmsTree: '/t', parallelJobs: 3 });
  });
});
