import { constants, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { JobSlots, type Jobserver } from '../../../src/core/build/jobserver.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { run } from '../../../src/system/exec.ts';
import { makeScratchFolder, type ScratchFolder } from '../../support/scratch-folder.ts';

const opened: JobSlots[] = [];
afterEach(async () => {
  for (const slots of opened.splice(0)) await slots.close();
});

async function open(count: number) {
  const scratch = makeScratchFolder();
  const layout = layoutOf(scratch.path);
  const slots = await JobSlots.open(layout, count);
  opened.push(slots);
  return { scratch, layout, slots };
}

const never = () => false;

/** Six jobs that tell when they begin and end. */
const makefile = `jobs := 1 2 3 4 5 6
all: $(jobs)
$(jobs):
\t@echo + >>$(LOG); sleep 0.1; echo - >>$(LOG)
`;

/** As the engine starts a make, with descriptors by number or a FIFO by name. */
async function make(scratch: ScratchFolder, jobserver: Jobserver, command = 'make -s all'): Promise<string> {
  const env = { LOG: join(scratch.path, 'log'), MAKEFLAGS: jobserver.makeFlags };
  const { descriptors } = jobserver;
  const { exitCode, stderr } = await run(['sh', '-c', command], { cwd: scratch.path, env, descriptors });
  expect(exitCode, stderr).toBe(0);
  return stderr;
}

const logOf = ({ path }: ScratchFolder) => readFileSync(join(path, 'log'), 'utf8');

function mostAtOnce(log: string): number {
  let running = 0;
  return Math.max(
    ...log
      .trim()
      .split('\n')
      .map((line) => (running += line === '+' ? 1 : -1)),
  );
}

describe.each(['by the name of a FIFO', 'by descriptors'] as const)('makes that take part %s', (way) => {
  const adapt = (jobserver: Jobserver, slots: number): Jobserver => {
    if (way === 'by the name of a FIFO') return jobserver;
    return { makeFlags: ` -j${slots} --jobserver-auth=3,4`, descriptors: jobserver.descriptors };
  };

  it.each([1, 3])('have %i slots together', async (count) => {
    const { scratch, slots, layout } = await open(count);
    scratch.write('Makefile', makefile);
    const descriptor = openSync(layout.jobserver, constants.O_RDWR);
    const jobserver = adapt({ ...slots.jobserver, descriptors: [descriptor, descriptor] }, count);
    const works = [1, 2, 3].map(() => slots.with(() => make(scratch, jobserver), never));
    const said = await Promise.all(works);
    expect(said.join('')).toBe('');
    expect(mostAtOnce(logOf(scratch))).toBe(count);
  });
});

it('every make of a command takes part, and a build with a number of its own works', async () => {
  const { scratch, slots } = await open(2);
  scratch.write('Makefile', makefile);
  const command = 'make -s 1 2 3 && make -s 4 5 6';
  const works = [1, 2].map(() => slots.with(() => make(scratch, slots.jobserver, command), never));
  await Promise.all(works);
  expect(mostAtOnce(logOf(scratch))).toBe(2);
});

it('is nobody else’s, and is gone in the end', async () => {
  const { layout, slots } = await open(2);
  expect(statSync(layout.jobserver).mode & 0o777).toBe(0o600);
  await slots.close();
  opened.pop();
  expect(existsSync(layout.jobserver)).toBe(false);
});

it('tokens that a killed make took along are made good when nobody works', async () => {
  const { slots, scratch } = await open(2);
  scratch.write('Makefile', makefile);
  const steal = `exec 9<>${join(scratch.path, 'var/lib/kmodsmith/jobserver')}; head -c 1 <&9 >/dev/null`;
  await slots.with(() => make(scratch, slots.jobserver, steal), never);
  const works = [1, 2].map(() => slots.with(() => make(scratch, slots.jobserver), never));
  await Promise.all(works);
  expect(mostAtOnce(logOf(scratch))).toBe(2);
});

describe('work that fails beside others', () => {
  async function failing(count: number, mayBeOthers: boolean) {
    const { slots } = await open(count);
    const alone: boolean[] = [];
    let active = 0;
    const work = (fails: boolean) => async () => {
      active += 1;
      await setTimeout(10);
      if (fails) alone.push(active === 1);
      if (!fails) await setTimeout(30);
      active -= 1;
      if (fails && alone.length === 1) throw new Error('too little memory');
    };
    const results = await Promise.allSettled(
      [true, false, false].map((fails) => slots.with(work(fails), () => mayBeOthers)),
    );
    return { alone, states: results.map(({ status }) => status) };
  }

  it('is done once more, alone', async () => {
    const { alone, states } = await failing(3, true);
    expect(alone).toEqual([false, true]);
    expect(states).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('is not, when they are not why', async () => {
    const { alone, states } = await failing(3, false);
    expect(alone).toHaveLength(1);
    expect(states).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('is not, when there was nobody', async () => {
    const { states } = await failing(1, true);
    expect(states).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });
});

it('a slot that is given back early is another’s, and not given back twice', async () => {
  const { slots } = await open(1);
  const said: string[] = [];
  const early = slots.with(async (giveBack) => {
    giveBack();
    await setTimeout(60);
    said.push('first ends');
  }, never);
  const next = slots.with(async () => {
    said.push('second begins');
    await setTimeout(120);
    said.push('second ends');
  }, never);
  const last = slots.with(async () => {
    said.push('third begins');
  }, never);
  await Promise.all([early, next, last]);
  expect(said).toEqual(['second begins', 'first ends', 'second ends', 'third begins']);
});
