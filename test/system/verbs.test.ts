import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireOrSkip } from '../support/require-or-skip.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import {
  addToyKernels,
  missingTools,
  removeHeaders,
  toyModule,
  toyReleases,
} from '../support/toy-kernels.ts';

const missing = await missingTools();
const label = `${toyModule.name}/${toyModule.version}`;
const [first, second] = toyReleases;

let root: ScratchRoot;
beforeEach(async (context) => {
  requireOrSkip(context, missing);
  root = makeScratchRoot();
  await addToyKernels(root);
  expect(root.kmodsmith('add', label)).toMatchObject({ status: 0, stderr: '' });
});
afterEach(() => root?.[Symbol.dispose]());

/** "RELEASE: installed" or "RELEASE: built", for each kernel that has a build. */
function builds(): string[] {
  const { pairs } = json('status');
  return pairs
    .filter((pair: { build?: object }) => pair.build !== undefined)
    .map(
      (pair: { kernel: string; build: { installed: boolean } }) =>
        `${pair.kernel}: ${pair.build.installed ? 'installed' : 'built'}`,
    );
}

function json(...argv: string[]) {
  return JSON.parse(root.kmodsmith(...argv, '--json').stdout);
}

const steps = (document: { plan: { actions: { do: string; kernel?: { release: string } }[] } }) =>
  document.plan.actions.map((action) => `${action.do} ${action.kernel?.release ?? ''}`);

function done(...argv: string[]): string {
  const result = root.kmodsmith(...argv);
  expect(result).toMatchObject({ status: 0 });
  return result.stdout;
}

/** What a dry run answers in JSON; it touches nothing. */
function dry(...argv: string[]) {
  const before = root.snapshot();
  const { status, stdout } = root.kmodsmith(...argv, '--dry-run', '--json');
  expect(root.snapshot()).toEqual(before);
  return { status, document: JSON.parse(stdout) };
}

// Each test starts the program many times, and compiles.
const patience = { timeout: 120_000 };

describe('build', patience, () => {
  it('builds for several kernels and installs nothing', () => {
    const { status, document } = dry('build', label, '-k', first, '-k', second);
    expect(status).toBe(0);
    expect(done('build', label, '-k', first, '--dry-run')).toContain(
      `lantern 1.0 for ${first}: build, as asked`,
    );
    expect(document).toMatchObject({ version: 1, dryRun: true, refused: [] });
    expect(steps(document)).toEqual([`build ${first}`, `build ${second}`]);
    expect(done('build', label, '-k', first, '-k', second)).toContain(
      `lantern 1.0 for ${second}: built, as asked`,
    );
    expect(builds()).toEqual([`${first}: built`, `${second}: built`]);
    expect(done('build', label, '-k', first)).toMatch(/up to date[\s\S]*Nothing to do\.\n$/);
    expect(steps(dry('build', label, '-k', first, '--rebuild').document)).toEqual([`build ${first}`]);
  });
});

describe('install', patience, () => {
  it('builds and installs, and takes a build that is there', () => {
    done('build', label, '-k', first);
    const { document } = dry('install', label, '-k', first, '-k', second);
    expect(steps(document)).toEqual([
      `install ${first}`,
      `build ${second}`,
      `install ${second}`,
      `depmod ${first}`,
      `depmod ${second}`,
    ]);
    const report = json('install', label, '-k', first, '-k', second);
    expect(report).toMatchObject({ version: 1, dryRun: false, refused: [] });
    expect(report.outcomes.map((outcome: { state: string }) => outcome.state)).toEqual(Array(5).fill('done'));
    expect(builds()).toEqual([`${first}: installed`, `${second}: installed`]);
  });

  it('serves the other kernels when one is refused, and fails', () => {
    removeHeaders(root, second);
    const argv = ['install', label, '-k', second, '-k', first, '-k', '6.9-none'];
    const tried = dry(...argv);
    expect(tried.status).toBe(1);
    expect(tried.document.refused.map(({ code }: { code: string }) => code)).toEqual([
      'HEADERS_MISSING',
      'KERNEL_UNKNOWN',
    ]);
    const result = root.kmodsmith(...argv);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`the headers of ${second} are not installed`);
    expect(result.stderr).toContain('there is no kernel 6.9-none');
    expect(builds()).toEqual([`${first}: installed`]);
  });

  it('fails when one of several kernels does', () => {
    root.write(`usr/src/linux-headers-${second}/include/linux/lantern.h`, '#error broken\n');
    const result = root.kmodsmith('install', label, '-k', second, '-k', first);
    expect(result.status).toBe(1);
    expect(result.stdout).toContain('failed: ');
    expect(builds()).toEqual([`${first}: installed`]);
  });
});

describe('uninstall', patience, () => {
  it('takes the module out and leaves the build', () => {
    done('install', label, '-k', first, '-k', second);
    const { document } = dry('uninstall', label, '-k', first);
    expect(steps(document)).toEqual([`uninstall ${first}`, `depmod ${first}`]);
    expect(done('uninstall', label, '-k', first)).toContain(
      `lantern 1.0 for ${first}: uninstalled, as asked`,
    );
    expect(builds()).toEqual([`${first}: built`, `${second}: installed`]);
    expect(done('uninstall', label, '-k', first)).toContain('nothing to undo, it is not installed');
    done('uninstall', label, '--all');
    expect(builds()).toEqual([`${first}: built`, `${second}: built`]);
  });

  it('finds what an earlier build has left', () => {
    done('install', label, '-k', first);
    done('build', label, '-k', first, '--rebuild');
    expect(builds()).toEqual([`${first}: built`]);
    const installed = () =>
      Object.keys(root.snapshot()).filter((path) => /^\/lib\/modules\/.*lantern\.ko/.test(path));
    expect(installed()).toHaveLength(1);
    done('uninstall', label, '-k', first);
    expect(installed()).toEqual([]);
  });
});

describe('discard', patience, () => {
  it('takes module and build away, and the module stays registered', () => {
    done('install', label, '-k', first);
    done('build', label, '-k', second);
    expect(steps(dry('discard', label, '--all').document)).toEqual([
      `uninstall ${first}`,
      `unbuild ${first}`,
      `unbuild ${second}`,
      `depmod ${first}`,
    ]);
    const report = json('discard', label, '--all');
    expect(report.outcomes).toHaveLength(4);
    expect(builds()).toEqual([]);
    expect(json('status').modules).toMatchObject([{ name: 'lantern', registered: true }]);
    expect(done('discard', label, '--all')).toBe('Nothing to do.\n');
    expect(done('discard', label, '-k', first)).toContain('nothing to undo, it is not built');
  });

  it('works when the source is gone', () => {
    done('install', label, '-k', first);
    rmSync(join(root.path, 'usr/src/lantern-1.0'), { recursive: true });
    done('discard', label, '-k', first);
    expect(builds()).toEqual([]);
  });
});

describe('remove', patience, () => {
  it('takes the module out of every kernel and forgets it', () => {
    done('install', label, '-k', first);
    const { document } = dry('remove', label);
    expect(document.actions.map((action: { do: string }) => action.do)).toContain('deregister');
    expect(json('remove', label).outcomes.length).toBeGreaterThan(2);
    expect(json('status').modules).toEqual([]);
    expect(existsSync(join(root.path, 'usr/src/lantern-1.0/dkms.conf'))).toBe(true);
  });
});

describe('match', patience, () => {
  it('gives a kernel what another one has installed', () => {
    const argv = ['match', '--template', first, '-k', second];
    expect(done(...argv)).toBe('Nothing to do.\n');
    done('install', label, '-k', first);
    expect(steps(dry(...argv).document)).toEqual([
      `build ${second}`,
      `install ${second}`,
      `depmod ${second}`,
    ]);
    expect(dry('match', 'other', ...argv.slice(1)).document.plan.actions).toEqual([]);
    expect(json(...argv)).toMatchObject({
      outcomes: [{ state: 'done' }, { state: 'done' }, { state: 'done' }],
    });
    expect(builds()).toEqual([`${first}: installed`, `${second}: installed`]);
  });

  it('fails for a module that cannot be built there, and for headers that are missing', () => {
    done('install', label, '-k', first);
    removeHeaders(root, second);
    const result = root.kmodsmith('match', '--template', first, '-k', second);
    expect(result).toMatchObject({ status: 5, stdout: '' });
    expect(result.stderr).toContain(`the headers of ${second} are not installed`);
  });
});

describe('autoinstall', patience, () => {
  it('with kernels, does for them what autoinstall would, and no more', () => {
    const { document } = dry('autoinstall', '-k', second);
    const found: { do: string; kernel: { release: string } }[] = document.plan.actions;
    expect(found.map((action) => `${action.do} ${action.kernel.release}`)).toEqual([
      `build ${second}`,
      `install ${second}`,
      `depmod ${second}`,
    ]);
    done('autoinstall', '-k', second);
    expect(builds()).toEqual([`${second}: installed`]);
    done('run', '--all');
    expect(builds()).toEqual([`${first}: installed`, `${second}: installed`]);
  });

  it('leaves the queue alone', () => {
    const call = 'var/lib/kmodsmith/queue/call.rubbish';
    root.write(call, 'not a call');
    done('autoinstall', '-k', first);
    expect(existsSync(join(root.path, call))).toBe(true);
  });
});

describe('what autoinstall did', patience, () => {
  beforeEach(() => {
    cpSync(join(root.path, 'usr/src/lantern-1.0'), join(root.path, 'usr/src/other-2'), { recursive: true });
    root.write('usr/src/other-2/dkms.conf', otherConf);
    done('add', 'other/2');
  });
  const otherConf = `PACKAGE_NAME=other
PACKAGE_VERSION=2
BUILT_MODULE_NAME=lantern
DEST_MODULE_NAME=other
DEST_MODULE_LOCATION=/extra
`;
  const states = () =>
    json('status').pairs.flatMap(
      ({
        module,
        kernel,
        build,
      }: {
        module: { name: string };
        kernel: string;
        build?: { origin: string };
      }) => (build === undefined ? [] : [`${module.name} ${kernel}: ${build.origin}`]),
    );

  it('is undone as a whole; what was built by hand stays, and autoinstall brings the rest back', () => {
    done('install', 'other/2', '-k', first);
    done('autoinstall', '-k', first, '-k', second);
    const everywhere = [
      `lantern ${first}: autoinstall`,
      `lantern ${second}: autoinstall`,
      `other ${first}: manual`,
    ];
    expect(states()).toEqual(everywhere);
    expect(steps(dry('discard', '--all-autoinstall', '-k', first).document)).toEqual([
      `uninstall ${first}`,
      `unbuild ${first}`,
      `depmod ${first}`,
    ]);
    done('discard', '--all-autoinstall', '-k', first);
    expect(states()).toEqual([`lantern ${second}: autoinstall`, `other ${first}: manual`]);
    done('autoinstall', '-k', first);
    expect(states()).toEqual(everywhere);
    expect(root.kmodsmith('discard', label, '--all-autoinstall', '-k', first).status).toBe(2);
    expect(root.kmodsmith('discard', '-k', first).status).toBe(2);
  });
});

describe("a package's upgrade of the module", patience, () => {
  const saved = () => join(root.path, 'plan.json');
  const source = (version: string) => join(root.path, `usr/src/lantern-${version}`);
  const upgrade = (conf: (text: string) => string = (text) => text) => {
    cpSync(source('1.0'), source('2.0'), { recursive: true });
    const text = readFileSync(join(source('2.0'), 'dkms.conf'), 'utf8');
    root.write('usr/src/lantern-2.0/dkms.conf', conf(text.replace('1.0', '2.0')));
    rmSync(source('1.0'), { recursive: true });
    done('plan', '--event', 'module:upgrade:lantern/2.0', '--output', saved());
    return root.kmodsmith('apply', saved());
  };
  const versions = () =>
    json('status').pairs.flatMap(
      ({ module, kernel, build }: { module: { version: string }; kernel: string; build?: object }) =>
        build === undefined ? [] : [`${module.version} ${kernel}`],
    );

  it('brings the new version to the kernels that had the old one, which goes', () => {
    done('install', label, '-k', first);
    const { status, stdout } = upgrade((text) => text.replace(/^AUTOINSTALL.*$/m, ''));
    expect(status).toBe(0);
    expect(stdout).toContain('lantern 2.0: registered, its package brought it');
    expect(stdout).toContain(`lantern 2.0 for ${first}: built and installed, it follows version 1.0`);
    expect(stdout).toContain('lantern 1.0: deregistered, version 2.0 follows it');
    expect(versions()).toEqual([`2.0 ${first}`]);
    expect(existsSync(join(root.path, 'var/lib/dkms/lantern/1.0'))).toBe(false);
  });

  it('leaves the old version in its place when the new one does not compile', () => {
    done('install', label, '-k', first);
    const module = join(root.path, 'lib/modules', first, 'updates/dkms/lantern.ko');
    const { status } = upgrade((text) => `${text}MAKE="false"\n`);
    expect(status).toBe(1);
    expect(versions()).toEqual([`1.0 ${first}`]);
    expect(existsSync(module)).toBe(true);
    expect(done('plan')).toContain(`lantern 1.0 for ${first}: kept until version 2.0`);
  });
});

describe('mark-for-rebuild', patience, () => {
  it('has builds made anew by the next run, and is taken back', () => {
    done('install', label, '-k', first);
    expect(dry('mark-for-rebuild', '-k', first).document).toMatchObject({ builds: [{ release: first }] });
    expect(done('mark-for-rebuild', '-k', first)).toBe(`lantern 1.0 for ${first}: marked for rebuild\n`);
    expect(done('status')).toContain('marked for rebuild');
    expect(done('mark-for-rebuild', label, '-k', first)).toBe('Nothing to do.\n');
    expect(done('mark-for-rebuild', '-k', first, '--clear')).toContain('no longer marked');
    expect(steps(dry('install', label, '-k', first).document)).toEqual([]);
    done('mark-for-rebuild', '-k', first);
    expect(done('autoinstall', '-k', first)).toContain('rebuilt, it was marked for rebuild');
    expect(done('status')).not.toContain('marked');
  });
});

describe('export and import', patience, () => {
  it('carry a module to another system', () => {
    done('build', label, '-k', first);
    const archive = join(root.path, 'out.tar.gz');
    expect(dry('export', label, '-o', archive).document).toMatchObject({ version: 1, dryRun: true });
    expect(json('export', label, '-o', archive)).toMatchObject({ version: 1, dryRun: false });
    done('remove', label);
    rmSync(join(root.path, 'usr/src/lantern-1.0'), { recursive: true });
    expect(dry('import', archive).document).toMatchObject({ version: 1, dryRun: true });
    expect(json('import', archive)).toMatchObject({ version: 1, dryRun: false });
    expect(builds()).toEqual([`${first}: built`]);
  });
});

describe('signing-key', patience, () => {
  it('shows what there is, and makes nothing in a dry run', () => {
    expect(dry('signing-key').document).toMatchObject({ version: 1 });
    const { status, document } = dry('signing-key', '--generate');
    expect(status).toBe(0);
    expect(document).toMatchObject({ version: 1, kernels: toyReleases.map((release) => ({ release })) });
  });
});

describe('add', patience, () => {
  it('says what it would register', () => {
    root.write('srv/other/dkms.conf', 'PACKAGE_NAME=other\nPACKAGE_VERSION=2\nDEST_MODULE_LOCATION=/extra\n');
    const { document } = dry('add', join(root.path, 'srv/other'));
    expect(done('add', join(root.path, 'srv/other'), '--dry-run')).toContain(
      'other 2 would be registered from ',
    );
    expect(document).toMatchObject({ version: 1, dryRun: true, module: { name: 'other', version: '2' } });
    expect(json('add', join(root.path, 'srv/other'))).toMatchObject({ version: 1, dryRun: false });
  });
});
