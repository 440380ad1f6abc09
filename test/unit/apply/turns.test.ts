import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from '../../../src/apply/turns.ts';

function journal() {
  const said: string[] = [];
  const work = (name: string) => async () => {
    said.push(`${name} begins`);
    await setTimeout(5);
    said.push(`${name} ends`);
    return name;
  };
  return { said, work };
}

it('works of one name come one after the other, in order', async () => {
  const { said, work } = journal();
  const turns = new Turns();
  const results = await Promise.all(['a', 'b', 'c'].map((name) => turns.take('same', work(name))));
  expect(results).toEqual(['a', 'b', 'c']);
  expect(said).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('works of different names do not wait for each other', async () => {
  const { said, work } = journal();
  const turns = new Turns();
  await Promise.all(['a', 'b'].map((name) => turns.take(name, work(name))));
  expect(said.slice(0, 2)).toEqual(['a begins', 'b begins']);
});

it('one that fails keeps none from following', async () => {
  const { work } = journal();
  const turns = new Turns();
  const failing = turns.take('same', async () => {
    throw new Error('no');
  });
  const following = turns.take('same', work('b'));
  await expect(failing).rejects.toThrow('no');
  await expect(following).resolves.toBe('b');
});
