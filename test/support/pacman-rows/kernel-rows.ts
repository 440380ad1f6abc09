import { expect } from 'vitest';
import { byHand } from '../rows/acts.ts';
import type { Row } from '../rows/rows.ts';
import { killed, refused } from './acts.ts';
import { kernel, other, type PacmanMachine } from './machine.ts';

// docs/policy.md, section 4: the events of a kernel's packages, as pacman has them.

const unbuilt = { auto: 'registered 1.0', hand: 'registered 1.0' };
const kept = { auto: '1.0 kept', hand: '1.0 kept' };
const rebuilt = { auto: '1.0 built', hand: '1.0 built' };
/** AUTOINSTALL makes no difference there. */
const allBuilt = { auto: '1.0 built', hand: '1.0 built', none: '1.0 built' };
const allKept = { auto: '1.0 kept', hand: '1.0 kept', none: '1.0 kept' };
const allUnbuilt = { auto: 'registered 1.0', hand: 'registered 1.0', none: 'registered 1.0' };
const onlyAuto = { auto: '1.0 built', hand: 'registered 1.0' };

/** As kernel-modules-hook does: the modules of a kernel that is replaced stay until the next boot. */
async function keepModules({ root, run }: PacmanMachine, transaction: () => Promise<unknown>) {
  const hook = (when: string) =>
    `[Trigger]\nOperation = Install\nOperation = Upgrade\nOperation = Remove\nType = Path\nTarget = usr/lib/modules/*/vmlinuz\n\n[Action]\nWhen = ${when}Transaction\nExec = /usr/local/bin/keep-${when}\n`;
  const scripts = {
    Pre: `cp -a /usr/lib/modules/${kernel.release} /srv/kept\n`,
    Post: `cp -a -T /srv/kept /usr/lib/modules/${kernel.release}\n`,
  };
  for (const [when, script] of Object.entries(scripts)) {
    await root.write(`/usr/local/bin/keep-${when}`, `#!/bin/sh\n${script}`, 0o755);
    await root.write(`/etc/pacman.d/hooks/10-linux-modules-${when.toLowerCase()}.hook`, hook(when));
  }
  await transaction();
  await run('sh', '-c', 'rm /etc/pacman.d/hooks/10-linux-modules-*');
}

export const kernelRows: readonly Row<PacmanMachine>[] = [
  {
    name: 'the kernel arrives without headers: waits for headers',
    event: ({ install }) => install('linux 1'),
    leaves: unbuilt,
    also: async ({ run }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toContain(
        "waiting for the kernel's headers: install linux-toy-headers",
      ),
  },
  {
    name: 'its headers arrive in a later transaction',
    event: ({ install }) => install('headers 1'),
    leaves: onlyAuto,
    arch: allBuilt,
  },
  {
    name: 'headers reinstalled',
    before: byHand(),
    event: ({ install }) => install('headers 1'),
    leaves: kept,
    arch: allBuilt,
  },
  {
    name: 'headers upgraded in place, nothing that was read has changed',
    event: ({ install }) => install('headers 2'),
    leaves: kept,
    arch: allBuilt,
  },
  {
    name: 'headers upgraded in place, a header that was read has changed',
    event: ({ install }) => install('headers 3'),
    leaves: rebuilt,
    arch: allBuilt,
  },
  {
    name: 'headers downgraded in place',
    event: ({ install }) => install('headers 1'),
    leaves: rebuilt,
    arch: allBuilt,
  },
  {
    name: 'kernel upgraded in place',
    event: ({ install }) => install('linux 2'),
    leaves: kept,
    arch: allBuilt,
  },
  {
    name: 'kernel downgraded in place',
    event: ({ install }) => install('linux 1'),
    leaves: kept,
    arch: allBuilt,
  },
  {
    name: 'kernel reinstalled',
    event: ({ install }) => install('linux 1'),
    leaves: kept,
    arch: allBuilt,
  },
  {
    name: 'kernel and headers upgraded in place, in one transaction: one build',
    event: ({ install }) => install('linux 2', 'headers 3'),
    leaves: rebuilt,
    arch: allBuilt,
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
  },
  {
    name: 'kernel and headers downgraded in place, in one transaction',
    event: ({ install }) => install('linux 1', 'headers 1'),
    leaves: rebuilt,
    arch: allBuilt,
  },
  {
    name: 'an upgrade of the headers is refused by a hook',
    event: (machine) => refused(machine, () => machine.installInVain('headers 3')),
    leaves: kept,
    arch: allKept,
  },
  {
    name: 'an upgrade of the headers is in conflict',
    event: ({ installInVain }) => installInVain('headers that conflict'),
    leaves: kept,
    arch: allKept,
  },
  {
    name: 'pacman is killed when the headers are upgraded',
    event: (machine) => killed(machine, () => machine.installInVain('headers that kill')),
    leaves: rebuilt,
    arch: allBuilt,
  },
  {
    name: 'the upgrade is done again',
    event: ({ install }) => install('headers 1'),
    leaves: rebuilt,
    arch: allBuilt,
  },
  {
    name: 'the removal of kernel and headers is refused by a hook',
    event: (machine) =>
      refused(machine, async () => {
        const { exitCode } = await machine.root.run(
          ['pacman', '-R', '--noconfirm', 'linux-toy', 'linux-toy-headers'],
          { allowFailure: true },
        );
        expect(exitCode).not.toBe(0);
      }),
    leaves: kept,
    arch: allKept,
  },
  {
    name: 'kernel upgraded into a new directory, its headers too: a new one comes, the old one goes',
    event: ({ install }) => install('linux 13', 'headers 13'),
    about: 'other',
    leaves: onlyAuto,
    arch: allBuilt,
    elsewhere: { leaves: unbuilt, arch: allUnbuilt },
    also: async ({ root }) => expect(await root.exists(`/usr/lib/modules/${kernel.release}`)).toBe(false),
  },
  {
    name: 'and downgraded again',
    event: ({ install }) => install('linux 1', 'headers 1'),
    leaves: onlyAuto,
    arch: allBuilt,
    elsewhere: { leaves: unbuilt, arch: allUnbuilt },
  },
  {
    name: 'kernel upgraded into a new directory, its headers lag: waits for them',
    event: ({ install }) => install('linux 13'),
    about: 'other',
    leaves: unbuilt,
    elsewhere: { leaves: unbuilt, arch: allUnbuilt },
    also: async ({ run }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toContain(
        "waiting for the kernel's headers: install linux-toy-headers",
      ),
  },
  {
    name: 'the headers follow',
    event: ({ install }) => install('headers 13'),
    about: 'other',
    leaves: onlyAuto,
    arch: allBuilt,
  },
  {
    name: 'another kernel comes beside it, headers and all',
    event: ({ install }) => install('lts 1', 'lts headers 1'),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
    arch: allKept,
    also: async ({ run }) =>
      expect(await run('kmodsmith', 'status', 'auto')).toMatch(/6\.6\.9-1-lts: installed/),
  },
  {
    name: 'one kernel goes and another one is downgraded, in one transaction each',
    event: async ({ install, remove }) => {
      await remove('linux-lts-toy', 'linux-lts-toy-headers');
      await install('linux 1', 'headers 1');
    },
    leaves: onlyAuto,
    arch: allBuilt,
    elsewhere: { leaves: unbuilt, arch: allUnbuilt },
    also: async ({ run }) => expect(await run('kmodsmith', 'status')).not.toContain('lts'),
  },
  {
    name: 'kernel upgraded into a new directory, and a hook keeps the modules of the old one: so do we',
    before: byHand(),
    event: (machine) => keepModules(machine, () => machine.install('linux 13', 'headers 13')),
    leaves: kept,
    arch: allKept,
    elsewhere: { leaves: onlyAuto, arch: allBuilt },
  },
  {
    name: 'what was kept goes at the next boot: its builds with it',
    event: async ({ run }) => {
      await run('rm', '-rf', `/usr/lib/modules/${kernel.release}`);
      await run('kmodsmith', 'run');
    },
    leaves: unbuilt,
    arch: allUnbuilt,
  },
  {
    name: 'headers removed, the kernel stays',
    event: ({ remove }) => remove('linux-toy-headers'),
    about: 'other',
    leaves: { auto: '1.0 kept', hand: 'registered 1.0' },
    arch: allUnbuilt,
  },
  {
    name: 'kernel removed, headers gone before',
    event: ({ remove }) => remove('linux-toy'),
    about: 'other',
    leaves: unbuilt,
    arch: allUnbuilt,
    also: async ({ root }) => expect(await root.exists(`/usr/lib/modules/${other.release}`)).toBe(false),
  },
  {
    name: 'kernel and headers of a new release in one transaction: one build',
    event: ({ install }) => install('linux 1', 'headers 1'),
    leaves: onlyAuto,
    arch: allBuilt,
    also: async (_, said) => {
      expect(said.match(/kmodsmith: building auto/g)).toHaveLength(1);
    },
  },
  {
    name: 'kernel and headers removed in one transaction',
    event: ({ remove }) => remove('linux-toy', 'linux-toy-headers'),
    leaves: unbuilt,
    arch: allUnbuilt,
    also: async ({ root }) => expect(await root.exists(`/usr/lib/modules/${kernel.release}`)).toBe(false),
  },
];
