import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { detectDistribution } from '../../../src/distros/index.ts';
import type { Policy } from '../../../src/policy/knobs.ts';
import { build, compiles } from '../core/building.ts';
import { makeMachine } from '../core/machine.ts';

/** How a build of the engine runs beside others: its niceness, and its class for the disk. */
async function standing(priority: Policy['priority']): Promise<string> {
  const { layout } = makeMachine();
  const framework = await readFramework(layout.root);
  const distribution = detectDistribution({ id: 'debian', idLike: [] });
  const { politeness = [] } = engineSettings({ layout, framework, distribution, priority });
  const make = `${compiles('foo')} && { nice; ionice; } >../../../../../../standing`;
  const { scratch, error } = await build({ make, settings: { politeness } });
  expect(error).toBeUndefined();
  return readFileSync(`${scratch.path}/standing`, 'utf8');
}

it("priority = 'low' lets others go first", async () => {
  expect(await standing('low')).toBe('10\nbest-effort: prio 7\n');
});

it("priority = 'normal' is that of whoever asks", async () => {
  expect(await standing('normal')).toMatch(/^0\n/);
});
