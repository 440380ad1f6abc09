import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Attempt } from '../../src/core/build/attempts.ts';
import { type Corpus, readCorpus } from '../support/corpus.ts';
import { sample } from '../support/extent.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

/** A machine with real headers, and real modules that are too old for one of its kernels. */
let root: TestRoot;
let corpus: Corpus;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  root = await openRoot('trixie-corpus-thin');
  corpus = await readCorpus(root);
  await root.copyIn(inject('toolkitDeb'), '/srv/kmodsmith.deb');
  await root.run(['dpkg', '--install', '/srv/kmodsmith.deb']);
});
afterAll(() => root?.dispose());

async function kmodsmith(...argv: string[]) {
  return root.run(['kmodsmith', ...argv], { allowFailure: true, timeoutSeconds: 300 });
}

/** The attempts of a module, without what they said. */
async function attemptsOf(label: string): Promise<(Attempt & { readonly result: string })[]> {
  return JSON.parse((await kmodsmith('log', label, '--list', '--json')).stdout).attempts;
}

interface Toy {
  readonly source?: string;
  /** Instead of kbuild's own. */
  readonly makefile?: string;
  /** What make is told besides, or does not come to; KBUILD is the usual call. */
  readonly make?: string;
}

/** A module of one file. */
async function addToy(name: string, { source = 'int x;', makefile, make = 'KBUILD' }: Toy) {
  const release = corpus.kernels['6.12'];
  const names = `PACKAGE_NAME=${name}\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME=${name}\nDEST_MODULE_LOCATION=/updates\n`;
  const kbuild = `make -C $kernel_source_dir M=$dkms_tree/${name}/1/build`;
  const text = `#include <linux/module.h>\n${source}\nMODULE_LICENSE("GPL");\nMODULE_DESCRIPTION("");\n`;
  const folder = `/usr/src/${name}-1`;
  await root.write(`${folder}/dkms.conf`, `${names}MAKE='${make.replace('KBUILD', kbuild)}'\n`);
  await root.write(`${folder}/Makefile`, makefile ?? `obj-m := ${name}.o\n`);
  await root.write(`${folder}/${name}.c`, text);
  await root.run(['kmodsmith', 'add', `${name}/1`]);
  return { label: `${name}/1`, release };
}

test('a real module that is too old for a kernel: why, the first error, and a log for each attempt', async () => {
  const { name, moduleVersion } = corpus.packages['vhba-dkms'] ?? { name: '', moduleVersion: '' };
  const label = `${name}/${moduleVersion}`;
  const release = corpus.kernels['7'];
  await root.write(`/boot/vmlinuz-${release}`, '');
  await root.run(['kmodsmith', 'add', label]);
  const why = 'it was written for another kernel: an interface is gone or has changed';
  const error = /vhba\.c:\d+:\d+: error: initialization of .* from incompatible pointer type/;

  const said = await kmodsmith('install', label, '-k', release);
  expect(said).toMatchObject({ exitCode: 1 });
  expect(said.stdout).toMatch(error);
  expect(said.stdout).toContain(`  I${why.slice(1)}. Look for a version of the module`);
  const status = (await kmodsmith('status', name)).stdout;
  expect(status).toContain(`${name} ${moduleVersion}, ${release}: failed (${why})`);
  expect(status).toMatch(error);
  const explained = (await kmodsmith('explain', label, '-k', release)).stdout;
  expect(explained).toMatch(error);
  expect(explained).toContain(`kmodsmith log ${label} -k ${release}`);

  const [first] = await attemptsOf(label);
  expect(first).toMatchObject({ result: 'failed', failure: { code: 'BUILD_FAILED', class: 'api' } });
  expect(status).toContain(`    log: ${first?.log}\n`);
  const before = await root.read(first?.log ?? '');
  expect(before).toMatch(/^DKMS \(.*\) make\.log for vhba/);

  // It is not tried again by itself, but by hand; the first log stays as it was.
  await kmodsmith('autoinstall', '-k', release);
  expect(await attemptsOf(label)).toHaveLength(1);
  await kmodsmith('install', label, '-k', release);
  const both = await attemptsOf(label);
  expect(both).toMatchObject([{ log: first?.log }, { failure: { class: 'api' } }]);
  expect(await root.read(first?.log ?? '')).toBe(before);
  expect((await kmodsmith('log', label)).stdout).toBe(await root.read(both[1]?.log ?? ''));
  const others = await root.run(['stat', '-c', '%U %a', both[1]?.log ?? '']);
  expect(others.stdout).toBe('root 644\n');
});

test('what was built has its log, too, and goes with it', async () => {
  const { label, release } = await addToy('fine', {});
  expect(await kmodsmith('build', label, '-k', release)).toMatchObject({ exitCode: 0 });
  const [built] = await attemptsOf(label);
  expect(built).toMatchObject({ result: 'built' });
  const result = `/var/lib/dkms/${label}/${release}/x86_64/log/make.log`;
  expect(await root.read(built?.log ?? '')).toBe(await root.read(result));
  await kmodsmith('remove', label);
  expect(await root.exists('/var/lib/kmodsmith/logs/fine')).toBe(false);
});

const stops = [
  { name: 'memory', toy: { make: 'ulimit -v 60000; KBUILD' }, so: 'memory', isLasting: false },
  {
    name: 'stopped',
    toy: { make: 'make all', makefile: 'all:\n\tkill -TERM $$$$\n' },
    so: 'interrupted',
    isLasting: false,
  },
  { name: 'compiler', toy: { make: 'KBUILD CC=gcc-99' }, so: 'toolchain', isLasting: true },
  { name: 'tree', toy: { make: 'make -C /lib/modules/9/build' }, so: 'headers', isLasting: true },
  { name: 'header', toy: { source: '#include <linux/no_such.h>' }, so: 'api', isLasting: true },
  { name: 'syntax', toy: { source: 'int int;' }, so: 'source', isLasting: true },
  { name: 'elsewhere', toy: { make: 'touch /etc/x && KBUILD' }, so: 'denied', isLasting: true },
];
test.each(sample(stops, 3))(
  'what stops a real build is found: $name, $so',
  async ({ name, toy, so, isLasting }) => {
    const { label, release } = await addToy(name, toy);
    const { exitCode, stdout } = await kmodsmith('build', label, '-k', release);
    const [attempt] = await attemptsOf(label);
    expect(attempt?.failure?.class, stdout).toBe(so);
    expect(exitCode).toBe(1);
    const { pairs } = JSON.parse((await kmodsmith('status', label, '-k', release, '--json')).stdout);
    expect(pairs[0].failure?.class).toBe(isLasting ? so : undefined);
  },
);

test('no space where modules are compiled', async () => {
  const { label, release } = await addToy('large', {});
  const script = `mount -t tmpfs -o size=64k none /var/lib/dkms && kmodsmith add ${label}
kmodsmith build ${label} -k ${release}; [ $? = 1 ] && kmodsmith log ${label} --list --json`;
  const { stdout } = await root.run(['sh', '-c', script]);
  const { attempts } = JSON.parse(stdout.slice(stdout.indexOf('{\n')));
  expect(attempts, stdout).toMatchObject([{ result: 'failed', failure: { class: 'space' } }]);
});
