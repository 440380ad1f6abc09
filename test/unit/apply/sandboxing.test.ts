import { expect, it } from 'vitest';
import { sandboxing } from '../../../src/apply/sandboxing.ts';
import type { KernelTree } from '../../../src/core/kernels.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { KmodsmithError } from '../../../src/errors.ts';

/** Nobody can read them: whatever the machine allows, there is no sandbox for builds with these. */
const treeOf = (release: string) =>
  ({ release, path: `/nonexistent/${release}`, includedTrees: [] }) as unknown as KernelTree;

const buildOf = (release: string) => ({ module: { name: 'foo', version: '1' }, tree: treeOf(release) });

function open() {
  const warnings: string[] = [];
  const sandboxFor = sandboxing(layoutOf('/'), (message) => warnings.push(message));
  return { sandboxFor, warnings };
}

it("sandbox = 'off' wants none, and looks for none", async () => {
  const { sandboxFor, warnings } = open();
  expect(await sandboxFor(buildOf('6.1'), 'off')).toEqual({});
  expect(warnings).toEqual([]);
});

it("sandbox = 'auto' goes on without one, and says why once for each reason", async () => {
  const { sandboxFor, warnings } = open();
  for (const release of ['6.1', '6.1', '6.2']) expect(await sandboxFor(buildOf(release), 'auto')).toEqual({});
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toMatch(/^modules are built without a sandbox: ./);
});

it("sandbox = 'require' is an error without one, every time", async () => {
  const { sandboxFor, warnings } = open();
  for (const _ of [1, 2]) {
    const error = await sandboxFor(buildOf('6.1'), 'require').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(KmodsmithError);
    expect(error).toMatchObject({
      code: 'SANDBOX_IMPOSSIBLE',
      message: expect.stringContaining('modules for 6.1 cannot be built in a sandbox: '),
      hint: expect.stringContaining('Install bubblewrap'),
    });
  }
  expect(warnings).toEqual([]);
});
