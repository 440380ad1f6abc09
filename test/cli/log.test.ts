import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { machineName } from '../../src/system/machine.ts';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';
import { addKernel, addModule } from '../support/stub-machine.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const release = '6.12.1-toy';
const other = '6.13.0-toy';
const folder = (kernel: string) => `var/lib/kmodsmith/logs/toy/1.0/${kernel}/${machineName}`;

/** Attempts as they are written down: one that was built, one that failed, and for the other kernel one cut short. */
function addAttempts(): void {
  root.write(`${folder(release)}/20261126T120000.000Z.log`, 'first\n');
  const built = {
    version: 1,
    startedAt: Date.UTC(2026, 10, 26, 12),
    finishedAt: Date.UTC(2026, 10, 26, 12, 1),
  };
  root.write(`${folder(release)}/20261126T120000.000Z.json`, JSON.stringify(built));
  root.write(`${folder(release)}/20261126T130000.000Z.log`, 'second');
  const failure = { code: 'BUILD_FAILED', class: 'api', summary: 'toy does not compile\ntoy.c:1: error' };
  root.write(`${folder(release)}/20261126T130000.000Z.json`, JSON.stringify({ ...built, failure }));
  root.write(`${folder(other)}/20261126T140000.000Z.log`, 'third\n');
}

const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/.source;
const why = 'it was written for another kernel: an interface is gone or has changed';

describe('log', () => {
  it('prints the last attempt, and says beside it which one that is', () => {
    addAttempts();
    const before = root.snapshot();
    const last = root.kmodsmith('log', 'toy');
    expect(last).toMatchObject({ status: 0, stdout: 'third\n' });
    expect(last.stderr).toMatch(
      new RegExp(`^kmodsmith: ${time}, toy 1\\.0 for ${other}: not finished, under way or cut short\n$`),
    );
    const own = root.kmodsmith('log', 'toy/1.0', '-k', release);
    expect(own).toMatchObject({ status: 0, stdout: 'second\n' });
    expect(own.stderr).toMatch(new RegExp(`: failed, ${why}\n$`));
    expect(root.snapshot()).toEqual(before);
  });

  it('prints all of them, the oldest first', () => {
    addAttempts();
    const { status, stdout } = root.kmodsmith('log', 'toy', '--all');
    expect(status).toBe(0);
    expect(stdout.replaceAll(new RegExp(time, 'g'), 'T')).toBe(
      [
        `==> T, toy 1.0 for ${release}: built <==`,
        'first',
        `==> T, toy 1.0 for ${release}: failed, ${why} <==`,
        'second',
        `==> T, toy 1.0 for ${other}: not finished, under way or cut short <==`,
        'third',
        '',
      ].join('\n'),
    );
  });

  it('lists them with time, outcome, class and place', () => {
    addAttempts();
    const { status, stdout } = root.kmodsmith('log', 'toy', '-k', release, '--list');
    expect(status).toBe(0);
    expect(stdout.replaceAll(new RegExp(time, 'g'), 'T').split('\n')).toEqual([
      `T, toy 1.0 for ${release}: built`,
      `    log: ${root.path}/${folder(release)}/20261126T120000.000Z.log`,
      `T, toy 1.0 for ${release}: failed, ${why}`,
      '    toy does not compile',
      `    log: ${root.path}/${folder(release)}/20261126T130000.000Z.log`,
      '',
    ]);
  });

  it('tells the same as JSON', () => {
    addAttempts();
    const { stdout } = root.kmodsmith('log', 'toy', '-k', release, '--json');
    const attempt = {
      module: { name: 'toy', version: '1.0' },
      kernel: { release, arch: machineName },
      result: 'failed',
      startedAt: Date.UTC(2026, 10, 26, 12),
      finishedAt: Date.UTC(2026, 10, 26, 12, 1),
      failure: { code: 'BUILD_FAILED', class: 'api', summary: 'toy does not compile\ntoy.c:1: error' },
      log: `${root.path}/${folder(release)}/20261126T130000.000Z.log`,
    };
    expect(JSON.parse(stdout)).toEqual({ version: 1, attempts: [{ ...attempt, text: 'second' }] });
    const listed = JSON.parse(root.kmodsmith('log', 'toy', '--list', '--json').stdout);
    expect(listed.attempts.map(({ result }: { result: string }) => result)).toEqual([
      'built',
      'failed',
      'unfinished',
    ]);
    expect(listed.attempts[1]).toEqual(attempt);
  });

  it.each([
    [['log', 'toy', '--all', '--list'], 2, '--all and --list exclude each other'],
    [['log', 'to y'], 2, "'to y' is not the name of a module"],
    [['log', '../toy'], 2, "'../toy' is not a module"],
    [['log', 'toy', '-k', '../x'], 2, "'../x' is not a kernel release"],
    [['log', 'toy'], 1, 'no attempt to build toy is recorded'],
    [['log', 'toy/1.0', '-k', release], 1, `no attempt to build toy/1.0 for ${release} is recorded`],
  ])('%j ends with %d', (argv, status, said) => {
    const result = root.kmodsmith(...argv);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(said);
  });

  it('is for every user', () => {
    addAttempts();
    chmodSync(root.path, 0o755);
    expect(root.kmodsmithAsNobody('log', 'toy')).toMatchObject({ status: 0, stdout: 'third\n' });
  });
});

describe('a build that fails', () => {
  it('says why, and has its log kept', () => {
    addModule(root, 'toy/1.0');
    addKernel(root, release);
    const install = root.kmodsmith('install', 'toy/1.0', '-k', release, '--json');
    expect(install.status).toBe(1);
    const [outcome] = JSON.parse(install.stdout).outcomes;
    const [log = ''] = readdirSync(join(root.path, folder(release))).filter((name) => name.endsWith('.log'));
    const path = join(root.path, folder(release), log);
    expect(outcome).toMatchObject({ state: 'failed', error: { class: expect.any(String), log: path } });
    expect(root.kmodsmith('log', 'toy')).toMatchObject({ status: 0, stdout: readFileSync(path, 'utf8') });
    expect(root.kmodsmith('status', 'toy').stdout).toContain(`    log: ${path}\n`);
    const { pairs } = JSON.parse(root.kmodsmith('status', 'toy', '--json').stdout);
    expect(pairs[0].failure).toMatchObject({ class: outcome.error.class, log: path });
    root.kmodsmith('install', 'toy/1.0', '-k', release);
    expect(root.kmodsmith('log', 'toy', '--list').stdout.match(/: failed/g)).toHaveLength(2);
  });
});
