import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { addKernel, addModule } from '../support/stub-machine.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const release = '6.12.1-toy';
const bare = '6.13.0-bare';
const history = 'var/lib/kmodsmith/history.jsonl';

/** A kernel with headers and one without, and a module that fails to compile. */
function addToy(): void {
  addModule(root, 'toy/1.0');
  addKernel(root, release);
  root.write(`boot/vmlinuz-${bare}`, '');
  root.write(`lib/modules/${bare}/modules.builtin`, '');
}

const headersArrive = () =>
  root.hook({ DEB_MAINT_PARAMS: 'configure ' }, 'dpkg', 'header_postinst.d', release);

function explain(...argv: string[]): string {
  const before = root.snapshot();
  const { status, stdout, stderr } = root.kmodsmith('explain', ...argv);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(root.snapshot()).toEqual(before);
  return stdout;
}

/** The lines under a title of the full form, as one. */
function under(title: string, text: string): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`  ${title} `));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('    '));
  return lines
    .slice(start, end)
    .map((line) => line.slice(2 + 'AUTOINSTALL'.length).trim())
    .join('\n');
}

it('says in short how the module is for every kernel, why, and what to do first', () => {
  addToy();
  headersArrive();
  expect(explain('toy').split('\n')).toEqual([
    'toy 1.0',
    `  ${release}: not built, the last attempt failed`,
    '      not tried again, nothing has changed since it failed',
    expect.stringContaining(`      toy 1.0 for ${release} does not compile`),
    expect.stringContaining('      log: '),
    `      The log says more: kmodsmith log toy/1.0 -k ${release}`,
    `  ${bare}: not built`,
    "      waiting for the kernel's headers",
    `      Install linux-headers-${bare}. Then it is built by itself.`,
    '',
  ]);
});

it('says everything about a pair: the last event, the policy and where it is set, and all advice', () => {
  addToy();
  root.write(
    'etc/kmodsmith/policy.d/site.toml',
    '# site\nfailure = "warn"\n[module."toy"]\ncritical = true\n',
  );
  headersArrive();
  const said = explain('toy/1.0', '-k', release);
  expect(said.split('\n')[0]).toBe(`toy 1.0 for ${release}`);
  expect(under('module', said)).toBe('registered');
  expect(under('AUTOINSTALL', said)).toBe('yes');
  expect(under('kernel', said)).toBe('installed\nheaders: ready');
  expect(under('build', said)).toBe('none');
  expect(under('last try', said)).toMatch(/^failed, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\ntoy 1\.0 for /);
  expect(under('last event', said)).toMatch(/^\d{4}-.*, headers install: build failed: toy 1\.0 for /);
  const file = join(root.path, 'etc/kmodsmith/policy.d/site.toml');
  expect(under('policy', said)).toBe(`failure = warn (${file}:2)\ncritical = true (${file}:4)`);
  expect(under('next run', said)).toBe('not tried again, nothing has changed since it failed');
  expect(under('advice', said)).toContain(`kmodsmith install toy/1.0 -k ${release}`);
});

it('says it of several kernels and versions, each apart', () => {
  addToy();
  addModule(root, 'toy/2.0', 'AUTOINSTALL=no\n');
  const said = explain('toy', '-k', release, '-k', bare);
  expect(said.match(/^\S.*$/gm)).toEqual(
    ['1.0', '2.0'].flatMap((version) => [`toy ${version} for ${release}`, `toy ${version} for ${bare}`]),
  );
  expect(said).toMatch(/\S\n\ntoy 2\.0/);
  expect(explain('toy/2.0', '-k', release)).toContain('left alone, version 1.0 is the one for this kernel');
});

it('says it in JSON, with the values as they are', () => {
  addToy();
  headersArrive();
  const { version, explanations } = JSON.parse(explain('toy', '-k', release, '--json'));
  expect(version).toBe(1);
  expect(explanations).toMatchObject([
    {
      module: { name: 'toy', version: '1.0', registered: true },
      kernel: { release, headers: { state: 'ready' } },
      pair: { autoinstall: true, failure: { at: expect.any(Number) } },
      files: { installed: [] },
      knobs: { failure: { value: 'warn', source: 'default' } },
      next: { skipped: { code: 'failed-before' } },
      advice: [expect.any(String), expect.any(String), expect.any(String)],
      last: { events: [{ subject: 'headers', transition: 'install' }], outcome: { steps: [] } },
    },
  ]);
});

it('may be asked by anybody', () => {
  addToy();
  headersArrive();
  expect(spawnSync('chmod', ['-R', 'a+rX', root.path]).status).toBe(0);
  const { status, stdout, stderr } = root.kmodsmithAsNobody('explain', 'toy', '-k', release);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(under('last event', stdout)).toContain('headers install: build failed');
});

describe('the history', () => {
  const lines = () =>
    readFileSync(join(root.path, history), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('has what hooks were told and what came of it, then what was asked for by hand', () => {
    addToy();
    headersArrive();
    root.kmodsmith('run', '--all');
    root.kmodsmith('remove', 'toy/1.0');
    expect(lines()).toMatchObject([
      {
        events: [{ subject: 'headers', kernel: release }],
        deeds: [{ kernel: release, steps: [], failed: { step: 'build', code: 'BUILD_FAILED' } }],
      },
      {
        events: [{ subject: 'toolkit' }],
        deeds: [],
        skipped: [
          { kernel: release, because: { code: 'failed-before' } },
          { kernel: bare, because: { code: 'headers-missing' } },
        ],
      },
      { deeds: [{ module: { name: 'toy' }, steps: ['deregister'], because: { code: 'module-removed' } }] },
    ]);
  });

  it('is not begun by a run that has nothing to do, nor by looking', () => {
    addToy();
    root.write('etc/dkms/toy.conf', 'AUTOINSTALL=no\n');
    for (const argv of [['run'], ['plan'], ['explain', 'toy'], ['run', '--all', '--dry-run']]) {
      expect(root.kmodsmith(...argv)).toMatchObject({ status: 0 });
    }
    expect(root.snapshot()).not.toHaveProperty([`/${history}`]);
  });

  it('may be damaged, or be anything: nobody fails for it', () => {
    addToy();
    root.write(history, `${'\0'.repeat(100)}\n{"version":1,`);
    headersArrive();
    expect(under('last event', explain('toy', '-k', release))).toContain('headers install: build failed');
    root.link('/nowhere', 'var/lib/kmodsmith/history.1.jsonl');
    expect(explain('toy')).toContain('toy 1.0');
  });

  it('that cannot be written is a warning; the run goes on', () => {
    addToy();
    root.write(`${history}/in the way`, '');
    const { status, stderr } = headersArrive();
    expect(status).toBe(0);
    expect(stderr).toMatch(/^kmodsmith: this run is not in the history: .*history\.jsonl cannot be read/m);
    expect(stderr).toMatch(/^kmodsmith: failed: toy 1\.0 for /m);
  });
});

describe('what is not there', () => {
  it.each([
    [['explain'], 2, 'non-option'],
    [['explain', '../toy'], 2, "'../toy' is not a module"],
    [['explain', 'a b'], 2, 'is not the name of a module'],
    [['explain', 'toy', '-k', '../x'], 2, "'../x' is not a kernel release"],
    [['explain', 'other'], 4, 'other is not registered'],
    [['explain', 'toy/2.0'], 4, 'kmodsmith add toy/2.0'],
    [['explain', 'toy', '-k', '7.0-none'], 5, 'there is no kernel 7.0-none'],
  ])('%j ends with %i and says what is wrong', (argv, status, said) => {
    addToy();
    const result = root.kmodsmith(...argv);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(said);
  });

  it('a system without kernels has nothing to tell but that', () => {
    addModule(root, 'toy/1.0');
    expect(explain('toy')).toBe('toy 1.0\n  There is no kernel here.\n');
  });
});
