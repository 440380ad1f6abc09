import { expect } from 'vitest';
import { byHand } from '../rows/acts.ts';
import type { Row } from '../rows/rows.ts';
import type { RowMachine } from './machine.ts';

// docs/policy.md, section 4, and docs/matrix: the events of a kernel's packages.

const unbuilt = { auto: 'registered 1.0', hand: 'registered 1.0' };
const kept = { auto: '1.0 kept', hand: '1.0 kept' };
const rebuilt = { auto: '1.0 built', hand: '1.0 built' };
/** The preset debian leaves alone what was installed by hand. */
const autoRebuilt = { auto: '1.0 built', hand: '1.0 kept' };
const onlyAuto = { auto: '1.0 built', hand: 'registered 1.0' };

/** A hook of somebody else's that fails after ours, and with it the operation. */
async function failingHook({ root, run }: RowMachine, folder: string, event: () => Promise<unknown>) {
  const path = `/etc/kernel/${folder}/zz-fails`;
  await root.write(path, '#!/bin/sh\nexit 1\n', 0o755);
  await event();
  await run('rm', '--force', path);
}

export const kernelRows: readonly Row<RowMachine>[] = [
  {
    name: 'the image arrives without headers: waits for headers',
    event: ({ install }) => install('image 1'),
    leaves: unbuilt,
    also: async ({ run, kernel }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toMatch(
        new RegExp(`waiting for the kernel's headers.*linux-headers-${kernel.release.replaceAll('+', '.')}`),
      ),
    immediate: true,
  },
  {
    name: 'its headers arrive in a later transaction',
    event: ({ install }) => install('headers 1'),
    leaves: onlyAuto,
    real: true,
    immediate: true,
  },
  {
    name: 'headers reinstalled',
    before: byHand(),
    event: ({ install }) => install('headers 1'),
    leaves: kept,
    debian: autoRebuilt,
    real: true,
    immediate: true,
  },
  {
    name: 'headers upgraded, nothing that was read has changed',
    event: ({ install }) => install('headers 2'),
    leaves: kept,
    debian: autoRebuilt,
    real: true,
  },
  {
    name: 'headers upgraded, a header that was read has changed',
    event: ({ install }) => install('headers 3'),
    leaves: rebuilt,
    debian: autoRebuilt,
    also: async ({ run }, _said, preset) => {
      expect(await run('kmodsmith', 'status', 'auto')).not.toContain('stale');
      // What a preset leaves alone is shown.
      expect((await run('kmodsmith', 'status', 'hand')).includes('stale')).toBe(preset === 'debian');
    },
    real: true,
    immediate: true,
  },
  {
    name: 'headers downgraded',
    event: ({ install }) => install('headers 1'),
    leaves: rebuilt,
    debian: autoRebuilt,
    real: true,
  },
  {
    name: 'image upgraded under the same release',
    event: ({ install }) => install('image 2'),
    leaves: kept,
    debian: autoRebuilt,
  },
  { name: 'image downgraded', event: ({ install }) => install('image 1'), leaves: kept, debian: autoRebuilt },
  {
    name: 'image reinstalled',
    event: ({ install }) => install('image 1'),
    leaves: kept,
    debian: autoRebuilt,
  },
  {
    name: 'image and headers upgraded in one transaction',
    event: ({ install }) => install('image 2', 'headers 3'),
    leaves: rebuilt,
    debian: autoRebuilt,
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
  },
  {
    name: 'image and headers downgraded in one transaction',
    event: ({ install }) => install('image 1', 'headers 1'),
    leaves: rebuilt,
    debian: autoRebuilt,
    immediate: true,
  },
  {
    name: 'headers reconfigured',
    event: ({ run, kernel }) => run('dpkg-reconfigure', kernel.headers[0] ?? ''),
    leaves: rebuilt,
    debian: autoRebuilt,
    real: true,
  },
  {
    name: 'image reconfigured',
    event: ({ run, kernel }) => run('dpkg-reconfigure', kernel.image),
    leaves: rebuilt,
    debian: autoRebuilt,
    real: true,
    immediate: true,
  },
  {
    name: 'upgrade of the image aborted',
    event: ({ installInVain }) => installInVain('image that conflicts'),
    leaves: kept,
    also: async (_, said) => expect(said).toContain('trying to overwrite'),
    immediate: true,
  },
  {
    name: 'upgrade of the headers aborted',
    event: ({ installInVain }) => installInVain('headers that conflict'),
    leaves: kept,
    also: async (_, said) => expect(said).toContain('trying to overwrite'),
  },
  {
    name: 'installation of another image aborted',
    event: async (machine) => {
      await machine.installInVain('other image that conflicts');
      // Debian's own preinst has made the folder.
      expect(await machine.root.exists(`/lib/modules/${machine.other.release}/modules.dep`)).toBe(false);
    },
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'installation of headers aborted',
    event: ({ installInVain }) => installInVain('other headers that conflict'),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'removal of the image aborted',
    event: (machine) =>
      failingHook(machine, 'prerm.d', async () => {
        const { image } = machine.kernel;
        const { exitCode } = await machine.root.run(['dpkg', '--remove', image], { allowFailure: true });
        expect(exitCode).not.toBe(0);
        await machine.run('dpkg', '--configure', '--pending');
        await machine.run('kmodsmith', 'run');
        // dpkg still wants it removed; an installation takes that back.
        await machine.run('sh', '-c', `echo "${image} install" | dpkg --set-selections`);
      }),
    leaves: kept,
  },
  {
    name: 'another kernel arrives, image and headers in one transaction',
    event: ({ install }) => install('other image', 'other headers'),
    about: 'other',
    leaves: onlyAuto,
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
    immediate: true,
  },
  {
    name: 'its headers are removed, the image stays',
    event: ({ remove, other }) => remove(...other.headers),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
    immediate: true,
  },
  {
    name: 'its image is removed in a later transaction',
    event: ({ remove, other }) => remove(other.image),
    about: 'other',
    leaves: unbuilt,
    immediate: true,
  },
  {
    name: "another kernel's headers arrive, without an image",
    // What a removal leaves of the image's package would make an upgrade of its next installation.
    before: ({ run, other }) => run('dpkg', '--purge', other.image),
    event: ({ install }) => install('other headers'),
    about: 'other',
    // No index is made for what is no kernel.
    leaves: { auto: '1.0, not in the index, built', hand: 'registered 1.0' },
  },
  {
    name: 'their image arrives in a later transaction',
    event: ({ install }) => install('other image'),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
  },
  {
    name: 'the image is removed, the headers stay',
    event: ({ remove, other }) => remove(other.image),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'the image, which had been removed, is purged',
    event: ({ run, other }) => run('dpkg', '--purge', other.image),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'image and headers are removed in one transaction',
    before: ({ install }) => install('other image'),
    event: ({ remove, other }) => remove(other.image, ...other.headers),
    about: 'other',
    leaves: unbuilt,
    also: async ({ root, other }) => {
      expect(await root.exists(`/lib/modules/${other.release}/updates`)).toBe(false);
    },
  },
  {
    name: 'the image is removed, and a hook after ours fails',
    before: ({ install }) => install('other image', 'other headers'),
    event: (machine) =>
      failingHook(machine, 'postrm.d', async () => {
        const { image } = machine.other;
        const { exitCode } = await machine.root.run(['dpkg', '--remove', image], { allowFailure: true });
        expect(exitCode).not.toBe(0);
        await machine.run('rm', '/etc/kernel/postrm.d/zz-fails');
        await machine.run('dpkg', '--remove', image);
      }),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'a kernel that was never configured is removed',
    before: async (machine) => {
      await machine.run('apt-get', 'purge', machine.other.image);
      await failingHook(machine, 'postinst.d', async () => {
        await machine.install('other headers');
        await machine.installInVain('other image');
      });
    },
    event: ({ remove, other }) => remove(other.image, ...other.headers),
    about: 'other',
    leaves: unbuilt,
  },
  {
    name: 'image and headers upgraded; the modules do not compile any more',
    event: ({ install }) => install('image 2', 'headers that do not compile'),
    leaves: kept,
    also: async ({ run }, said) => {
      expect(said).toContain('failed: auto 1.0');
      expect(await run('kmodsmith', 'status', 'auto')).toContain('stale');
    },
  },
  {
    name: 'headers removed, the image stays',
    before: ({ install }) => install('headers 1'),
    event: ({ remove, kernel }) => remove(...kernel.headers),
    leaves: kept,
    real: true,
    immediate: true,
  },
  {
    name: 'image upgraded while the headers are missing',
    event: ({ install }) => install('image 2'),
    leaves: kept,
  },
  {
    name: 'image removed, headers gone before',
    event: ({ remove, kernel }) => remove(kernel.image),
    leaves: unbuilt,
    also: async ({ root, run, kernel }) => {
      expect(await root.exists(`/lib/modules/${kernel.release}/updates`)).toBe(false);
      expect(await run('kmodsmith', 'plan')).toContain('Nothing to do.');
    },
    real: true,
    immediate: true,
  },
];
