import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const vendor = 'usr/lib/kmodsmith/policy.d/10-vendor.toml';
const site = 'etc/kmodsmith/policy.d/50-site.toml';
const zfs = '[module.zfs]\ncritical = true\n[module."zfs/2.3.9"]\nforce = ["rebuild"]\n';
const policy = (...argv: string[]) => root.kmodsmith('policy', ...argv);

describe('policy show', () => {
  it('says what is in force and which file made it so, in columns', () => {
    root.write(vendor, 'new-kernel = "registered"\n');
    root.write(site, `preset = "debian"\nforce = "none"\n${zfs}`);
    const { status, stdout, stderr } = policy('show');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [from, admin] = [`${root.path}/${vendor}`, `${root.path}/${site}`];
    expect(stdout.split('\n')).toEqual([
      `preset                  debian            ${admin}:1`,
      `refresh                 always            preset "debian" (${admin}:1)`,
      `reconfigure             always            preset "debian" (${admin}:1)`,
      `refresh-scope           autoinstall       preset "debian" (${admin}:1)`,
      `new-kernel              registered        ${from}:1`,
      'module-scope            all-with-headers  default',
      'autoinstall-applies-to  kernel, module    default',
      `module-upgrade          drop              preset "debian" (${admin}:1)`,
      'headers-removed         keep              default',
      'kernel-removed          unbuild           default',
      'missing-headers         wait              default',
      'when                    transaction-end   default',
      'failure                 warn              default',
      'original-modules        never-touch       default',
      'initramfs               auto              default',
      'weak-modules            auto              default',
      `force                   none              ${admin}:2`,
      'sandbox                 auto              default',
      'compiler                same-major        default',
      'priority                normal            default',
      'sign                    auto              default',
      'sign-command            none              default',
      'sign-timeout            300               default',
      '',
      'module zfs',
      `critical                true              ${admin}:4`,
      '',
      'module zfs/2.3.9',
      `force                   rebuild           ${admin}:6`,
      '',
    ]);
  });

  it('says for a module what counts for it', () => {
    root.write(site, `failure = "fail"\n${zfs}`);
    const file = `${root.path}/${site}`;
    const byName = policy('show', 'zfs').stdout;
    expect(byName).toMatch(new RegExp(`^critical +true +${file}:3$`, 'm'));
    expect(byName).toMatch(/^pin +none +default$/m);
    expect(byName).toMatch(/^force +none +default$/m);
    expect(byName).toMatch(new RegExp(`\n\nmodule zfs/2.3.9\nforce +rebuild +${file}:5\n$`));
    expect(byName).not.toMatch(/^when/m);
    const byVersion = policy('show', 'zfs/2.3.9').stdout;
    expect(byVersion).toMatch(new RegExp(`^critical +true +${file}:3$`, 'm'));
    expect(byVersion).toMatch(new RegExp(`^force +rebuild +${file}:5$`, 'm'));
    expect(byVersion).toMatch(new RegExp(`^failure +fail +${file}:1$`, 'm'));
    expect(byVersion).not.toContain('module zfs');
    expect(policy('show', 'other').stdout).toMatch(/^critical +false +default$/m);
  });

  it('names mistakes, and shows what is in force for all that', () => {
    root.write(vendor, 'failure = "fail"\ncritical = true\n');
    root.write(site, 'failure = "wran"\nwhen = "immediate"\n');
    root.write('etc/kmodsmith/policy.d/60-broken.toml', '\nrefresh = \n');
    const { status, stdout, stderr } = policy('show');
    expect(status).toBe(3);
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(`^kmodsmith: ${root.path}/${vendor}:2: critical: for one module only.*\\(left out\\)$`),
      ),
      expect.stringMatching(
        new RegExp(`^kmodsmith: ${root.path}/${site}:1: failure: .*"warn".*\\(left out\\)$`),
      ),
      expect.stringMatching(/60-broken\.toml:2: Invalid TOML.*\(left out\)$/),
      '',
    ]);
    expect(stdout).toMatch(new RegExp(`^failure +fail +${root.path}/${vendor}:1$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^when +immediate +${root.path}/${site}:2$`, 'm'));
  });

  it('answers in JSON', () => {
    root.write(site, `preset = "arch"\nrefersh = 1\n${zfs}`);
    const file = `${root.path}/${site}`;
    const { status, stdout } = policy('show', '--json');
    expect(status).toBe(3);
    const preset = { preset: 'arch', file, line: 1 };
    const shown = JSON.parse(stdout);
    expect(Object.keys(shown)).toEqual(['version', 'preset', 'knobs', 'modules', 'problems']);
    expect(shown).toMatchObject({
      version: 1,
      preset,
      knobs: {
        refresh: { value: 'always', source: preset },
        'autoinstall-applies-to': { value: [], source: preset },
        failure: { value: 'warn', source: 'default' },
      },
      modules: {
        zfs: { critical: { value: true, source: { file, line: 4 } } },
        'zfs/2.3.9': { force: { value: ['rebuild'], source: { file, line: 6 } } },
      },
      problems: [{ file, line: 2, key: 'refersh', message: 'unknown key' }],
    });
    const module = JSON.parse(policy('show', 'zfs/2.3.9', '--json').stdout);
    expect(module).toMatchObject({ module: 'zfs/2.3.9', knobs: { critical: { value: true } }, modules: {} });
  });

  it.each([
    ['../x', "'../x' is not a module"],
    ['a b', "'a b' is not the name of a module"],
    ['a/b/c', "'a/b/c' is not a module"],
  ])('refuses %j', (module, message) => {
    const result = policy('show', module);
    expect(result).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('answers any user, and says what that user may not read', () => {
    root.write(vendor, 'failure = "fail"\n');
    root.write(site, 'failure = "warn"\n');
    chmodSync(join(root.path, site), 0);
    chmodSync(root.path, 0o755);
    const { status, stdout, stderr } = root.kmodsmithAsNobody('policy', 'show');
    expect(status).toBe(3);
    expect(stdout).toMatch(/^failure +fail /m);
    expect(stderr).toContain(`${root.path}/${site}: cannot be read: EACCES: permission denied (left out)`);
  });
});

describe('policy check', () => {
  it('finds all mistakes of all files, which need not be in their place', () => {
    root.write('my.toml', 'refersh = "never"\nwhen = "now"\n[module."a b"]\n');
    root.write('good.toml', zfs);
    const { status, stdout, stderr } = policy('check', 'my.toml', 'good.toml', join(root.path, 'missing'));
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^my\.toml:1: refersh: unknown key\. The nearest valid key is "refresh"\. /),
      expect.stringMatching(/^my\.toml:2: when: invalid value "now"\. The nearest valid value is /),
      expect.stringMatching(/^my\.toml:3: module\."a b": not the name of a module\. /),
      'good.toml: valid',
      `${root.path}/missing: cannot be read: ENOENT: no such file or directory`,
      '',
    ]);
  });

  it('says so when there are none', () => {
    root.write('good.toml', zfs);
    root.write('empty.toml', '');
    expect(policy('check', 'good.toml', 'empty.toml')).toMatchObject({
      status: 0,
      stdout: 'good.toml: valid\nempty.toml: valid\n',
      stderr: '',
    });
  });

  it('does not mind what is installed', () => {
    root.write(site, 'refersh = 1\n');
    root.write('good.toml', zfs);
    expect(policy('check', 'good.toml')).toMatchObject({ status: 0, stderr: '' });
  });

  it('answers in JSON', () => {
    root.write('my.toml', '\nrefresh = true\n');
    root.write('good.toml', zfs);
    mkdirSync(join(root.path, 'folder'));
    const { status, stdout } = policy('check', 'my.toml', 'good.toml', 'folder', '--json');
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      files: [
        {
          file: 'my.toml',
          problems: [
            {
              ...{ file: 'my.toml', line: 2, key: 'refresh', message: 'invalid value true' },
              hint: 'It must be one of these strings: "never", "stale", "always".',
            },
          ],
        },
        { file: 'good.toml', problems: [] },
        { file: 'folder', problems: [{ file: 'folder', message: 'is a directory' }] },
      ],
    });
  });
});

it('policy schema prints what is published', () => {
  const published = readFileSync(new URL('../../docs/policy.schema.json', import.meta.url), 'utf8');
  expect(policy('schema')).toMatchObject({ status: 0, stdout: published, stderr: '' });
});

it.each([
  [[], 'policy: a command is missing: show, check, schema'],
  [['shwo'], "'shwo' is no command. Did you mean show?"],
  [['check'], 'Not enough non-option arguments'],
  [['show', 'a', 'b'], 'Unknown argument: b'],
  [['schema', 'x'], 'Unknown argument: x'],
])('policy %j is refused', (argv, message) => {
  const result = policy(...argv);
  expect(result).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(message) });
});

it('changes nothing', () => {
  root.write(site, `refersh = 1\n${zfs}`);
  const before = root.snapshot();
  for (const argv of [['show'], ['show', 'zfs'], ['check', join(root.path, site)], ['schema']])
    policy(...argv);
  expect(root.snapshot()).toEqual(before);
});
