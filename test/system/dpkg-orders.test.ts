import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { isWhole } from '../support/extent.ts';
import { installDebs, withoutInitramfs } from '../support/install.ts';
import { repackDeb } from '../support/repack.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import {
  headersTree,
  imageFiles,
  moduleDeb,
  packToyDeb,
  readKernelScripts,
  type ToyDeb,
} from '../support/toy-debs.ts';

// Kernel, headers, module and toolkit in one transaction of the real apt, in each order of configuring that it can be made
// to produce: dependencies that are only here to make it.

beforeEach(requireTestBed);

const release = '6.12.1-toy';
const names = ['kmodsmith', `linux-image-${release}`, `linux-headers-${release}`, 'lantern-dkms'] as const;
type Name = (typeof names)[number];

let folder: string;
/** By the version that their transaction brings. */
let specs: Record<'first' | 'second', readonly ToyDeb[]>;

beforeAll(async () => {
  if (inject('testBedMissing') !== '') return;
  folder = await scratchDirectory('disk');
  const scripts = await readKernelScripts();
  const image = { name: names[1], scripts: scripts.image(release), files: imageFiles(release) };
  const headers = { name: names[2], scripts: scripts.headers(release) };
  const trees = [
    await headersTree(folder, release),
    await headersTree(folder, release, { 'include/linux/lantern.h': '/* changed */\n' }),
  ] as const;
  specs = {
    first: [image, { ...headers, tree: trees[0] }, moduleDeb('lantern')],
    second: [
      { ...image, version: '2' },
      { ...headers, version: '2', tree: trees[1] },
      moduleDeb('lantern', { version: '2.0' }),
    ],
  };
});
afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

/** The packages, each depending on the one that is to be configured before it. */
async function packInOrder(order: readonly Name[], which: 'first' | 'second'): Promise<string[]> {
  const versionOf = (name: Name) =>
    specs[which].find((spec) => spec.name === name)?.version ?? (which === 'first' ? '1' : '2');
  const after = (name: Name) => {
    const before = order[order.indexOf(name) - 1];
    return before === undefined ? [] : [`${before} (= ${versionOf(before)})`];
  };
  const own = { kmodsmith: ['bash', 'kmod', 'make', 'util-linux'], 'lantern-dkms': ['kmodsmith'] };
  const depends = (name: Name) => [...(own[name as keyof typeof own] ?? []), ...after(name)].join(', ');
  const toolkit = await repackDeb(
    inject('toolkitDeb'),
    {
      version: () => versionOf('kmodsmith'),
      control: (text) => text.replace(/^Depends: .*$/m, `Depends: ${depends('kmodsmith')}`),
    },
    folder,
  );
  const others = specs[which].map((spec) => {
    const wanted = depends(spec.name as Name);
    return packToyDeb(folder, { ...spec, fields: wanted === '' ? {} : { Depends: wanted } });
  });
  return [toolkit, ...(await Promise.all(others))];
}

/** What apt did: in which order it configured, and how often the module was built. */
async function install(root: TestRoot, debs: readonly string[]) {
  const said = await installDebs(root, debs, { env: withoutInitramfs });
  return {
    configured: [...said.matchAll(/^Setting up (\S+) /gm)].map(([, name]) => name),
    builds: said.match(/kmodsmith: building lantern/g)?.length ?? 0,
  };
}

/** What must come out the same, whatever the order. */
async function observe(root: TestRoot) {
  const status = await root.run(['kmodsmith', 'status']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query(1) writes fields like this
  const format = '--showformat=${db:Status-Abbrev} ';
  return {
    status: status.stdout,
    states: (await root.run(['dpkg-query', '--show', format, ...names])).stdout,
    queue: await root.list('/var/lib/kmodsmith/queue').catch(() => []),
    index: (await root.read(`/lib/modules/${release}/modules.dep`)).trim(),
    plan: (await root.run(['kmodsmith', 'plan'])).stdout,
  };
}

const outcome = (version: string) => ({
  status: `lantern ${version}, ${release}: installed (autoinstall)\n`,
  states: 'ii  ii  ii  ii  ',
  queue: [],
  index: expect.stringMatching(/^updates\/dkms\/lantern\.ko[.a-z]*:$/),
  plan: expect.stringContaining('Nothing to do.'),
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

// The module's package depends on the toolkit, so it can never be configured before it.
const possible = permutations(names).filter(
  (order) => order.indexOf('kmodsmith') < order.indexOf('lantern-dkms'),
);

/** All twelve, or the first and the seventh, which have least in common. */
const orders = possible.filter((_, index) => isWhole || index % 6 === 0);

describe.each(orders.map((order) => ({ order, label: order.join(', ') })))('$label', ({ order }) => {
  test('arrive, and are upgraded: each time the module is built once', async () => {
    await using root = await openRoot('trixie');
    const arrival = await install(root, await packInOrder(order, 'first'));
    expect(arrival).toEqual({ configured: order, builds: 1 });
    expect(await observe(root)).toEqual(outcome('1.0'));
    const upgrade = await install(root, await packInOrder(order, 'second'));
    expect(upgrade).toEqual({ configured: order, builds: 1 });
    expect(await observe(root)).toEqual(outcome('2.0'));
  });
});
