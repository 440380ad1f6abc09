import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { forgetConfs } from '../../../src/core/conf/conf-memo.ts';
import { type ConfRequest, evaluateConfs } from '../../../src/core/conf/dkms-conf.ts';
import { searchPath } from '../../../src/system/exec.ts';
import { countProcesses } from '../../support/count-processes.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';
import { evaluate, plain, variables } from './evaluate.ts';

it('evaluates 50 confs in one process, and one broken conf of each kind stops no other', async () => {
  const scratch = makeScratchFolder();
  const broken = new Map([
    [7, 'exit 1'],
    [13, 'if'],
    [20, 'kill -KILL $$'],
    [31, 'while :; do sleep 1; done'],
  ]);
  const requests = Array.from({ length: 50 }, (_, index): ConfRequest => {
    const text = broken.get(index) ?? `PACKAGE_NAME=m${index}; MAKE="$kernelver $BASHPID $$"`;
    return { files: [scratch.write(`${index}/dkms.conf`, text)], variables };
  });
  const again = requests[31] as ConfRequest;
  const results = await evaluateConfs([...requests, again], { timeoutSeconds: 1 });
  const failed = results.flatMap((result, index) => ('error' in result ? [[index, result.error.code]] : []));
  expect(failed).toEqual([
    [7, 'CONF_SYNTAX'],
    [20, 'CONF_TIMEOUT'],
    [31, 'CONF_TIMEOUT'],
    [50, 'CONF_TIMEOUT'],
  ]);
  expect(plain(results[31])).toMatch(/did not end within 1 s$/);
  expect(plain(results[20])).toMatch(/it stopped the shell that evaluates it$/);
  const shells = results
    .slice(0, 20)
    .flatMap((result) => ('values' in result ? (result.values['MAKE']?.[0] ?? []) : []));
  expect(new Set(shells.map((text) => text.split(' ')[2])).size).toBe(1);
  expect(plain(results[49])).toMatchObject({ PACKAGE_NAME: 'm49' });
});

it('blames no conf for the time that those before it took', async () => {
  const scratch = makeScratchFolder();
  const requests = Array.from({ length: 6 }, (_, index) => {
    const text = index === 5 ? 'while :; do sleep 1; done' : 'sleep 0.6; PACKAGE_NAME=slow';
    return { files: [scratch.write(`${index}/dkms.conf`, text)], variables };
  });
  const results = await evaluateConfs(requests, { timeoutSeconds: 3 });
  expect(results.map(plain)).toEqual([
    ...Array.from({ length: 5 }, () => ({ PACKAGE_NAME: 'slow' })),
    `CONF_TIMEOUT: ${scratch.path}/5/dkms.conf: evaluation did not end within 3 s`,
  ]);
});

it('lets no variable of one conf reach the next', async () => {
  const scratch = makeScratchFolder();
  const texts = ['MAKE=leaked; AUTOINSTALL=yes; export PATCH=x', 'PACKAGE_NAME=second'];
  const files = texts.map((text, index) => scratch.write(`${index}.conf`, text));
  const results = await evaluateConfs(files.map((file) => ({ files: [file], variables })));
  expect(plain(results[1])).toEqual({ PACKAGE_NAME: 'second' });
});

describe('winners and the environment', () => {
  const directives = (text: string, winners: string[]) => {
    const file = makeScratchFolder().write('dkms.conf', text);
    return evaluateConfs([{ files: [file], variables, winners }], { environment: { GIVEN: 'from outside' } });
  };

  it('win over all files, by name only', async () => {
    const conf = 'MAKE=(a b); PACKAGE_NAME=foo; readonly STRIP=no';
    const winners = [
      'MAKE=won',
      'PATCH=$module=$kernelver',
      'PATCH[1]=x',
      'odd name=x',
      'STRIP=yes',
      'no value',
    ];
    expect(plain((await directives(conf, winners))[0])).toEqual({
      PACKAGE_NAME: 'foo',
      MAKE: { 0: 'won', 1: 'b' },
      PATCH: 'foo=6.12.1-amd64',
      STRIP: 'no',
    });
  });

  it('run nothing that stands in a name', async () => {
    const scratch = makeScratchFolder();
    await directives('MAKE=x', [`MAKE[$(touch ${scratch.path}/ran)]=y`, `a[$(touch ${scratch.path}/ran)]=y`]);
    expect(existsSync(`${scratch.path}/ran`)).toBe(false);
  });

  it('see what they are given, and nothing of ours', async () => {
    const text = 'MAKE=$GIVEN; PATCH="$HOME$VITEST"; STRIP=$PATH; AUTOINSTALL=$LC_ALL';
    expect(plain((await directives(text, []))[0])).toEqual({
      MAKE: 'from outside',
      PATCH: '',
      STRIP: searchPath,
      AUTOINSTALL: 'C',
    });
  });
});

describe('within one process', () => {
  /** A conf that counts how often it is evaluated. */
  const counting = () => {
    const scratch = makeScratchFolder();
    const file = scratch.write('dkms.conf', `echo $$ >> ${scratch.path}/runs\nPACKAGE_NAME=foo`);
    const runs = () => readFileSync(`${scratch.path}/runs`, 'utf8').trim().split('\n');
    return { scratch, file, runs };
  };

  it('a conf is evaluated once, and no shell started without need', async () => {
    const { file, runs } = counting();
    const request = { files: [file], variables };
    const processes = await countProcesses(async () => {
      for (let times = 0; times < 3; times++) {
        const results = await evaluateConfs([request, { ...request, variables: { ...variables } }]);
        expect(results.map(plain)).toEqual([{ PACKAGE_NAME: 'foo' }, { PACKAGE_NAME: 'foo' }]);
      }
    });
    expect({ processes, evaluations: runs().length }).toEqual({ processes: 1, evaluations: 1 });
  });

  it.each<{
    what: string;
    change: (machine: ReturnType<typeof counting>, request: ConfRequest) => ConfRequest;
  }>([
    {
      what: 'its content',
      change: ({ scratch, file }, request) => {
        scratch.write('dkms.conf', `${readFileSync(file, 'utf8')}\n`);
        return request;
      },
    },
    {
      what: 'its variables',
      change: (_, request) => ({ ...request, variables: { ...variables, kernelver: '7.0' } }),
    },
    {
      what: 'an override',
      change: ({ scratch, file }, request) => ({ ...request, files: [file, scratch.write('o.conf', '')] }),
    },
    { what: 'a winner', change: (_, request) => ({ ...request, winners: ['MAKE=x'] }) },
    {
      what: 'what was built',
      change: (_, request) => {
        forgetConfs();
        return request;
      },
    },
  ])('again when $what changes', async ({ change }) => {
    const machine = counting();
    const request: ConfRequest = { files: [machine.file], variables };
    await evaluateConfs([request]);
    const changed = change(machine, request);
    for (let times = 0; times < 2; times++) await evaluateConfs([changed]);
    expect(machine.runs().length).toBe(2);
  });

  it('again for other names and another environment', async () => {
    const { file, runs } = counting();
    const request = { files: [file], variables };
    await evaluateConfs([request]);
    expect(plain((await evaluateConfs([request], { names: ['PATCH'] }))[0])).toEqual({});
    await evaluateConfs([request], { environment: { GIVEN: 'x' } });
    expect(runs().length).toBe(3);
  });

  it('what was wrong with a file is looked at again', async () => {
    const { scratch, file } = counting();
    const missing = { files: [`${file}.missing`], variables };
    expect(plain((await evaluateConfs([missing]))[0])).toMatch(/^CONF_MISSING/);
    scratch.write('dkms.conf.missing', 'MAKE=x');
    expect(plain((await evaluateConfs([missing]))[0])).toEqual({ MAKE: 'x' });
  });

  it('an endless conf costs its time once', async () => {
    const file = makeScratchFolder().write('dkms.conf', 'while :; do sleep 1; done');
    const request = { files: [file], variables };
    const started = performance.now();
    for (let times = 0; times < 3; times++) {
      const [result] = await evaluateConfs([request], { timeoutSeconds: 1 });
      expect(plain(result)).toMatch(/^CONF_TIMEOUT/);
    }
    expect(performance.now() - started).toBeLessThan(2500);
  });
});

describe('does not fill our memory', () => {
  it.each([
    { what: 'flooding stderr', conf: 'yes >&2 & MAKE=x', expected: { MAKE: 'x' } },
    { what: 'flooding stdout', conf: 'head -c 50000000 /dev/zero; MAKE=x', expected: { MAKE: 'x' } },
  ])('$what', async ({ conf, expected }) => {
    const file = makeScratchFolder().write('dkms.conf', conf);
    const [result] = await evaluateConfs([{ files: [file], variables }], { timeoutSeconds: 2 });
    expect(plain(result)).toEqual(expected);
  });

  it('a value of many blanks takes no time', async () => {
    const { found } = await evaluate(`MAKE="a$(printf '%300000s')b"`);
    expect(found).toEqual({ MAKE: `a${' '.repeat(300_000)}b` });
  });
});
