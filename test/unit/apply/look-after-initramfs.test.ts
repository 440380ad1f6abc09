import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { perform } from '../../../src/apply/perform.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { survey } from '../../../src/core/facts.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { everything } from '../../../src/policy/scope.ts';
import type { Action } from '../../../src/policy/types.ts';
import { readerOf } from '../../support/reader-of.ts';
import { arch, makeMachine, release } from '../core/machine.ts';
import { moduleBytes } from '../core/modules.ts';

const modules = `lib/modules/${release}`;
const note = `var/lib/kmodsmith/initramfs/${release}`;

/** foo/1.0 is built; the kernel has an initramfs, and nothing is here that makes one. */
function open() {
  const { scratch, layout, module } = makeMachine();
  const text =
    'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_NAME=foo-two\nDEST_MODULE_LOCATION=/updates\n';
  scratch.write('usr/src/foo-1.0/dkms.conf', `${text}PRE_INSTALL="pre.sh"\nPOST_INSTALL="post.sh"\n`);
  scratch.write('usr/src/foo-1.0/pre.sh', `#!/bin/sh\n[ ! -e ${scratch.path}/refuse ]\n`, 0o755);
  // What is noted when the module is in its place.
  scratch.write(
    'usr/src/foo-1.0/post.sh',
    `#!/bin/sh\ncp ${scratch.path}/${note} ${scratch.path}/seen 2>/dev/null\n`,
    0o755,
  );
  scratch.write(`var/lib/dkms/foo/1.0/${release}/${arch}/module/foo-two.ko`, moduleBytes({ version: '1.0' }));
  scratch.write(`boot/initrd.img-${release}`, 'image');
  scratch.write(`${modules}/modules.order`, '');
  const kernel = { release, arch };
  const because = { code: 'modules-changed' } as const;
  const update: Action = { do: 'initramfs', kernel, mode: 'auto', modules: [module], because };
  const warnings: string[] = [];
  let imagesFollow = false;
  /** As a hook does after which others make images. */
  const runBeforeImages: typeof run = async (...steps) => {
    imagesFollow = true;
    return run(...steps).finally(() => {
      imagesFollow = false;
    });
  };
  const run = async (...steps: ('build' | 'install' | 'uninstall' | 'depmod' | Action)[]) => {
    const found = await survey(readerOf(layout), everything);
    const framework = await readFramework(layout.root);
    const settings = engineSettings({ layout, framework, distribution: found.distribution });
    const actions = steps.map((step): Action => {
      if (typeof step !== 'string') return step;
      if (step === 'depmod') return { do: step, kernel, because };
      const common = { module, kernel, because: { code: 'asked' } } as const;
      return step === 'build' ? { do: step, ...common, origin: 'manual' } : { do: step, ...common };
    });
    const onWarning = (warning: string) => warnings.push(warning);
    return perform(
      { version: 1, actions, skipped: [] },
      {
        layout,
        survey: found,
        settings: { ...settings, onWarning },
        policies: defaultPolicies,
        imagesFollow,
      },
    );
  };
  return {
    scratch,
    update,
    run,
    runBeforeImages,
    warnings,
    has: (path: string) => existsSync(`${scratch.path}/${path}`),
  };
}

it('notes what changes before it does, and forgets it when the initramfs was looked after', async () => {
  const { scratch, run, update, has } = open();
  const outcomes = await run('install', 'depmod', update);
  expect(outcomes.at(-1)).toMatchObject({ state: 'done', note: expect.stringContaining('left as it is') });
  const seen = JSON.parse(readFileSync(`${scratch.path}/seen`, 'utf8'));
  expect(seen).toEqual({ version: 1, mode: 'auto', objects: ['foo-two'] });
  expect(has(note)).toBe(false);
});

it('leaves an image to hooks that follow, and sees to it where none has made it', async () => {
  const { scratch, runBeforeImages, run, update, has } = open();
  const left = await runBeforeImages('install', 'depmod', update);
  expect(left.at(-1)).toMatchObject({
    state: 'done',
    note: `initramfs of ${release}: left to the hooks that follow`,
  });
  const read = () => JSON.parse(readFileSync(`${scratch.path}/${note}`, 'utf8'));
  expect(read()).toEqual({ version: 1, mode: 'auto', objects: ['foo-two'], isLeft: true });
  const forgotten = { ...update, modules: [] } as Action;
  const own = await run(forgotten);
  // There is no program for it in this world, and that is found out by us.
  expect(own.at(-1)?.note).toContain('no program is known here that makes it');
  expect(has(note)).toBe(false);
});

it('counts an image that is newer than what was left, where somebody makes images', async () => {
  const { scratch, runBeforeImages, run, update, has } = open();
  scratch.write('usr/bin/update-initramfs', '#!/bin/sh\nexit 1\n', 0o755);
  const forgotten = { ...update, modules: [] } as Action;
  await runBeforeImages('install', 'depmod', update);
  // Times of files go by the ticks of the kernel's clock.
  await sleep(20);
  scratch.write(`boot/initrd.img-${release}`, 'another image');
  const [outcome] = await run(forgotten);
  expect(outcome?.note).toBe(`initramfs of ${release}: made by another hook since its modules changed`);
  expect(has(note)).toBe(false);
});

it('leaves no image to others that may hold the last of a module', async () => {
  const { scratch, runBeforeImages, update, has } = open();
  scratch.write('refuse', '');
  const outcomes = await runBeforeImages('uninstall', 'install', 'depmod', update);
  expect(outcomes.map(({ state }) => state)).toContain('failed');
  expect(outcomes.at(-1)?.note ?? '').not.toContain('left to the hooks');
  expect(has(note)).toBe(false);
});

it('leaves no note where the plan does not come to the initramfs, or not because of the module', async () => {
  const { run, update, has } = open();
  await run('install', 'depmod');
  expect([has('seen'), has(note)]).toEqual([false, false]);
  await run('uninstall', 'install', { ...update, modules: [{ name: 'bar', version: '1' }] } as Action);
  expect(has('seen')).toBe(false);
});

it('does nothing when what was to change did not', async () => {
  const { run, update, has } = open();
  const needing = { name: 'foo', version: '1.0' };
  const waiting: Action = {
    ...{ do: 'install', module: needing, kernel: { release, arch } },
    ...{ dependencies: { bar: '1' }, because: { code: 'asked' } },
  };
  const outcomes = await run(waiting, 'depmod', update);
  expect(outcomes.map(({ state }) => state)).toEqual(['not-reached', 'done', 'done']);
  expect(outcomes.at(-1)?.note).toBe(`initramfs of ${release}: left as it is, nothing changed`);
  expect(has(note)).toBe(false);
});

it('waits for the next run when depmod failed', async () => {
  const { scratch, run, update, has } = open();
  scratch.write(`${modules}/modules.dep/in-the-way`, '');
  const outcomes = await run('install', 'depmod', update);
  expect(outcomes.map(({ state }) => state)).toEqual(['done', 'failed', 'failed']);
  expect(outcomes.at(-1)?.error).toMatchObject({
    code: 'INITRAMFS_FAILED',
    message: expect.stringMatching(/depmod/),
  });
  expect(has(note)).toBe(true);
});

it('keeps an image that may hold the last of a module that could not be installed', async () => {
  const { scratch, run, update, has } = open();
  scratch.write('usr/sbin/update-initramfs', '', 0o755);
  scratch.write('refuse', '');
  const outcomes = await run('install', 'depmod', update);
  expect(outcomes.at(-1)).toMatchObject({
    state: 'failed',
    error: {
      code: 'INITRAMFS_FAILED',
      message: expect.stringMatching(/foo-two could not be installed/),
    },
  });
  expect([has(note), readFileSync(`${scratch.path}/boot/initrd.img-${release}`, 'utf8')]).toEqual([
    true,
    'image',
  ]);
});

it('a note that cannot be written keeps nothing from being removed', async () => {
  const { scratch, run, update, has, warnings } = open();
  await run('install');
  scratch.write('var/lib/kmodsmith/initramfs', 'in the way');
  const outcomes = await run('uninstall', 'depmod', update);
  expect(outcomes.map(({ state }) => state).slice(0, 2)).toEqual(['done', 'done']);
  expect(has(`${modules}/updates`)).toBe(false);
  expect(warnings.join()).toContain(`the initramfs of ${release}: `);
});
