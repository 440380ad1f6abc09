import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { scratchDirectory } from '../support/cache.ts';
import { installDebs, installToolkit, withoutInitramfs } from '../support/install.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import { headersTree, imageFiles, moduleDeb, packToyDeb, type ToyDeb } from '../support/toy-debs.ts';

// Kernels whose packages call the hooks in other ways than those of Debian 13: docs/distro-matrix.md, section 1.1.1.

beforeEach(requireTestBed);

const release = '6.12.1-toy';
const image = `/boot/vmlinuz-${release}`;

const both = [release, image];

interface HookRun {
  readonly args?: readonly string[];
  /** The only action of the maintainer script that there are hooks for. */
  readonly only?: string;
  /** What it does before, by a line of shell. */
  readonly first?: string;
}

/** A maintainer script that runs the hooks of a folder. */
function runHooks(folder: string, { args = both, only, first }: HookRun = {}): string {
  const lines = [
    ...['#!/bin/sh', 'set -e'],
    ...(only === undefined ? [] : [`[ "$1" = ${only} ] || exit 0`]),
    ...(first === undefined ? [] : [first]),
    `DEB_MAINT_PARAMS="$*" ${runParts(folder, args)}`,
  ];
  return `${lines.join('\n')}\n`;
}

const runParts = (folder: string, args: readonly string[]) =>
  `run-parts --exit-on-error ${args.map((arg) => `--arg=${arg}`).join(' ')} /etc/kernel/${folder}`;

/** scripts/package/builddeb of Linux: every script of the image, for any action; headers tell nobody. */
const bindeb = {
  maker: 'bindeb-pkg',
  image: {
    preinst: runHooks('preinst.d'),
    postinst: runHooks('postinst.d'),
    prerm: runHooks('prerm.d'),
    postrm: runHooks('postrm.d'),
  },
  headers: {},
};

/** Ubuntu leaves its hooks in a file for a trigger of the image's own, which runs them at the end. */
const pending = `/usr/lib/linux/triggers/${release}`;
const ubuntu = {
  maker: 'Ubuntu',
  image: {
    triggers: `interest-noawait linux-update-${release}\n`,
    postinst: `#!/bin/sh
set -e
case "$1" in
  configure)
    mkdir -p /usr/lib/linux/triggers
    printf '%s\\n' "DEB_MAINT_PARAMS='$*' ${runParts('postinst.d', both)}" >${pending}
    dpkg-trigger --no-await linux-update-${release}
    ;;
  triggered)
    if [ -f ${pending} ]; then
      sh ${pending}
      rm ${pending}
    fi
    ;;
esac
`,
    prerm: runHooks('prerm.d', { only: 'remove' }),
    postrm: runHooks('postrm.d'),
  },
  headers: {
    postinst: runHooks('header_postinst.d', { args: [release], only: 'configure' }),
  },
};

const kernels = [bindeb, ubuntu] as const;

let folder: string;
beforeAll(async () => {
  if (inject('testBedMissing') === '') folder = await scratchDirectory('disk');
});
afterAll(() => rm(folder ?? '/nowhere', { recursive: true, force: true }));

interface Machine extends AsyncDisposable {
  readonly root: TestRoot;
  /** Installs them in one transaction of apt; returns how often something was built. */
  install(...debs: ToyDeb[]): Promise<number>;
  remove(...names: string[]): Promise<void>;
  /** What `kmodsmith status` says of the module. */
  status(): Promise<string>;
}

async function open(): Promise<Machine> {
  const root = await openRoot('trixie');
  // run-parts(8) wants the folder, in which we have no hook.
  await root.run(['mkdir', '-p', '/etc/kernel/preinst.d']);
  await installToolkit(root);
  const env = withoutInitramfs;
  const machine: Machine = {
    root,
    async install(...debs) {
      const packed = await Promise.all(debs.map((deb) => packToyDeb(folder, deb)));
      const said = await installDebs(root, packed, { env });
      return said.match(/kmodsmith: building/g)?.length ?? 0;
    },
    remove: async (...names) => void (await root.run(['apt-get', 'remove', ...names], { env })),
    status: async () => (await root.run(['kmodsmith', 'status', 'lantern'])).stdout.trim(),
    [Symbol.asyncDispose]: () => root.dispose(),
  };
  await machine.install(moduleDeb('lantern'));
  return machine;
}

const installed = `lantern 1.0, ${release}: installed (autoinstall)`;
const startedAt = async (root: TestRoot) =>
  JSON.parse(await root.read(`/var/lib/dkms/lantern/1.0/${release}/x86_64/provenance.json`))
    .startedAt as number;

describe.each(kernels)('kernels of $maker', (scripts) => {
  const imageDeb = (version: string): ToyDeb => ({
    ...{ name: `linux-image-${release}`, version, scripts: scripts.image, files: imageFiles(release) },
  });
  const headersDeb = async (version: string, edits = {}): Promise<ToyDeb> => ({
    ...{ name: `linux-headers-${release}`, version, scripts: scripts.headers },
    tree: await headersTree(folder, release, edits),
  });

  test('arrive, are upgraded and removed', async () => {
    await using machine = await open();
    const { root } = machine;
    expect(await machine.install(imageDeb('1'), await headersDeb('1'))).toBe(1);
    expect(await machine.status()).toBe(installed);

    // An upgrade of the image that runs what is meant for removals: nothing is taken away.
    const before = await startedAt(root);
    expect(await machine.install(imageDeb('2'))).toBe(0);
    expect([await machine.status(), await startedAt(root)]).toEqual([installed, before]);

    const changed = { 'include/linux/lantern.h': '/* changed */\n' };
    expect(await machine.install(imageDeb('3'), await headersDeb('3', changed))).toBe(1);
    expect([await machine.status(), await startedAt(root)]).toEqual([
      installed,
      expect.toSatisfy((at) => at > before),
    ]);

    await machine.remove(`linux-image-${release}`);
    expect(await machine.status()).toBe('lantern 1.0: registered');
    expect(await root.exists(`/lib/modules/${release}/updates`)).toBe(false);
    expect(await root.list('/var/lib/kmodsmith/queue')).toEqual([]);
  });

  test('headers that come after their image', async () => {
    await using machine = await open();
    await machine.install(imageDeb('1'));
    expect(await machine.status()).toContain("waiting for the kernel's headers");
    // bindeb-pkg's headers tell nobody: the next run sees them, at the next boot if not before.
    const isTold = scripts !== bindeb;
    expect(await machine.install(await headersDeb('1'))).toBe(isTold ? 1 : 0);
    if (!isTold) await machine.root.run(['kmodsmith', 'run']);
    expect(await machine.status()).toBe(installed);
  });
});

// What Debian is going to have: four packages, of which only one has scripts; headers bring a folder below /lib/modules.
const parts = {
  image: {
    name: `linux-image-${release}`,
    fields: { Depends: `linux-modules-${release}, linux-binary-${release}` },
  },
  modules: {
    name: `linux-modules-${release}`,
    fields: { Depends: `linux-base-${release}` },
    files: { [`usr/lib/modules/${release}/kernel/README`]: 'modules go here\n' },
  },
  binary: {
    name: `linux-binary-${release}`,
    files: { [`usr/lib/modules/${release}/vmlinuz`]: 'the image\n' },
  },
  base: {
    name: `linux-base-${release}`,
    files: {
      [`usr/lib/modules/${release}/modules.order`]: '',
      [`usr/lib/modules/${release}/modules.builtin`]: '',
      [`usr/lib/modules/${release}/config`]: '',
    },
  },
} as const;

/** The image is copied to /boot, as /usr/share/kernel/postinst.d/00-legacy-boot does. */
const splitScripts = {
  preinst: runHooks('preinst.d'),
  postinst: runHooks('postinst.d', {
    only: 'configure',
    first: `cp /usr/lib/modules/${release}/vmlinuz ${image}`,
  }),
  prerm: runHooks('prerm.d', { only: 'remove' }),
  postrm: runHooks('postrm.d', { first: `[ "$1" != remove ] || rm -f ${image}` }),
};

describe('kernels of four packages', () => {
  const imageDeb: ToyDeb = { ...parts.image, scripts: splitScripts };
  const headersDeb = async (): Promise<ToyDeb> => ({
    name: `linux-headers-${release}`,
    fields: { Depends: `linux-base-${release}` },
    scripts: { postinst: runHooks('header_postinst.d', { args: [release] }) },
    tree: await headersTree(folder, release),
  });

  test('arrive and go in one transaction', async () => {
    await using machine = await open();
    const { base, binary, modules } = parts;
    expect(await machine.install(imageDeb, modules, binary, base, await headersDeb())).toBe(1);
    expect(await machine.status()).toBe(installed);
    await machine.remove(...[imageDeb, modules, binary].map(({ name }) => name));
    expect(await machine.status()).toBe('lantern 1.0: registered');
  });

  test('the image is removed, and the files of the kernel stay: so do the modules', async () => {
    await using machine = await open();
    const { base, binary, modules } = parts;
    await machine.install(imageDeb, modules, binary, base, await headersDeb());
    const before = await startedAt(machine.root);
    await machine.remove(imageDeb.name);
    expect([await machine.status(), await startedAt(machine.root)]).toEqual([installed, before]);
  });

  test('the folder that headers bring with them makes no kernel', async () => {
    await using machine = await open();
    const { root } = machine;
    await machine.install(parts.base);
    await root.run(['kmodsmith', 'run', '--all']);
    expect(await machine.status()).toBe('lantern 1.0: registered');
    expect(await root.exists(`/lib/modules/${release}/modules.dep`)).toBe(false);
  });
});
