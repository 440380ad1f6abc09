import { expect, it } from 'vitest';
import { explainChanges } from '../../../src/policy/explain.ts';
import { explainPlan } from '../../../src/policy/explain-plan.ts';
import type { Reason, SkipReason } from '../../../src/policy/reasons.ts';
import type { Action, InputChange, Plan } from '../../../src/policy/types.ts';

const module = { name: 'zfs', version: '2.3.9' };
const kernel = { release: '6.12.1-amd64', arch: 'x86_64' };
const header: InputChange = { kind: 'header', name: 'include/linux/fs.h', change: 'changed' };

function explain(actions: readonly Action[], skipped: Plan['skipped'] = []): string[] {
  return explainPlan({ version: 1, actions, skipped });
}

function steps(because: Reason, ...names: ('build' | 'install' | 'uninstall' | 'unbuild')[]): Action[] {
  return names.map((name) =>
    name === 'build'
      ? { do: name, module, kernel, because, origin: 'autoinstall' }
      : { do: name, module, kernel, because },
  );
}

it.each<{ actions: Action[]; line: string }>([
  {
    actions: steps({ code: 'new-kernel' }, 'build', 'install'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: build and install, the kernel has no build of it yet',
  },
  {
    actions: steps({ code: 'asked' }, 'build', 'install'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: build and install, as asked',
  },
  {
    actions: steps({ code: 'inputs-changed', changes: [header] }, 'build', 'install'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: rebuild, include/linux/fs.h changed since it was built',
  },
  {
    actions: steps({ code: 'reconfigured', package: 'module' }, 'build', 'install'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: rebuild, the module package was reconfigured',
  },
  {
    actions: steps({ code: 'refresh-always' }, 'build', 'install'),
    line: "zfs 2.3.9 for 6.12.1-amd64: rebuild, the kernel package was upgraded and the policy says refresh = 'always'",
  },
  {
    actions: steps({ code: 'not-installed' }, 'install'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: install, it is built but not installed',
  },
  {
    actions: steps({ code: 'kernel-removed' }, 'uninstall', 'unbuild'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: remove, the kernel is removed',
  },
  {
    actions: steps({ code: 'module-removed' }, 'uninstall', 'unbuild'),
    line: 'zfs 2.3.9 for 6.12.1-amd64: remove, the module is removed',
  },
  {
    actions: [{ do: 'deregister', module, because: { code: 'module-removed' } }],
    line: 'zfs 2.3.9: deregister, the module is removed',
  },
  {
    actions: [{ do: 'depmod', kernel, because: { code: 'modules-changed' } }],
    line: 'depmod for 6.12.1-amd64: its modules changed',
  },
  {
    actions: [
      {
        ...{ do: 'initramfs', kernel, mode: 'auto', because: { code: 'modules-changed' } },
        modules: [module, { name: 'spl', version: '1' }],
      },
    ],
    line: 'initramfs of 6.12.1-amd64: update if zfs or spl belongs there, its modules changed',
  },
  {
    actions: [
      { do: 'initramfs', kernel, mode: 'always', modules: [module], because: { code: 'modules-changed' } },
    ],
    line: 'initramfs of 6.12.1-amd64: update, its modules changed',
  },
  {
    actions: [
      { do: 'initramfs', kernel, mode: 'auto', modules: [], because: { code: 'initramfs-outdated' } },
    ],
    line: 'initramfs of 6.12.1-amd64: update if what changed belongs there, an earlier run did not get to it',
  },
])('$line', ({ actions, line }) => expect(explain(actions)).toEqual([line]));

it.each<{ actions: Action[]; line: string }>([
  { actions: steps({ code: 'new-kernel' }, 'build', 'install'), line: 'built and installed' },
  { actions: steps({ code: 'refresh-always' }, 'build', 'install'), line: 'rebuilt' },
  { actions: steps({ code: 'new-kernel' }, 'build'), line: 'built' },
  { actions: steps({ code: 'not-installed' }, 'install'), line: 'installed' },
  { actions: steps({ code: 'kernel-removed' }, 'uninstall', 'unbuild'), line: 'removed' },
  { actions: steps({ code: 'kernel-removed' }, 'uninstall'), line: 'uninstalled' },
])('what was done is told as such: $line', ({ actions, line }) => {
  const [told] = explainPlan({ version: 1, actions, skipped: [] }, 'done');
  expect(told).toMatch(new RegExp(`^zfs 2\\.3\\.9 for 6\\.12\\.1-amd64: ${line}, `));
});

it.each<{ because: SkipReason; says: string }>([
  { because: { code: 'up-to-date' }, says: 'up to date, nothing that went into it has changed' },
  { because: { code: 'headers-missing' }, says: "waiting for the kernel's headers" },
  {
    because: { code: 'headers-missing', package: 'linux-headers-6.12.1-amd64' },
    says: "waiting for the kernel's headers: install linux-headers-6.12.1-amd64",
  },
  {
    because: { code: 'headers-missing', changes: [] },
    says: "kept, rebuilding it waits for the kernel's headers",
  },
  {
    because: { code: 'headers-missing', changes: [{ kind: 'source', name: 'zfs.c', change: 'changed' }] },
    says: "kept, rebuilding it waits for the kernel's headers; stale, source zfs.c changed since it was built",
  },
  {
    because: { code: 'headers-unusable', why: 'scripts/mod/modpost is missing' },
    says: 'waiting for usable headers (scripts/mod/modpost is missing)',
  },
  {
    because: { code: 'refresh-never', changes: [header] },
    says: 'kept although stale, the policy says never to refresh it; include/linux/fs.h changed since it was built',
  },
  {
    because: { code: 'refresh-never', changes: [] },
    says: 'kept although stale, the policy says never to refresh it',
  },
  { because: { code: 'toolkit-removed' }, says: 'left as it is, kmodsmith itself is removed' },
  {
    because: { code: 'outside-refresh-scope', changes: [header] },
    says: 'kept, refresh-scope = "autoinstall" and its dkms.conf does not say AUTOINSTALL=yes; stale, include/linux/fs.h changed since it was built',
  },
  {
    because: {
      code: 'failed-before',
      summary: 'make ended with status 2\nzfs.c:1: error',
      log: '/x/make.log',
    },
    says: 'not tried again, nothing has changed since it failed: make ended with status 2 (log: /x/make.log)',
  },
  {
    because: { code: 'failed-before', summary: 'make ended', class: 'api', log: '/x.log' },
    says: 'not tried again, nothing has changed since it failed: make ended; it was written for another kernel: an interface is gone or has changed (log: /x.log)',
  },
  {
    because: { code: 'excluded', why: 'BUILD_EXCLUSIVE_ARCH is arm64' },
    says: 'not for this kernel, BUILD_EXCLUSIVE_ARCH is arm64',
  },
  {
    because: { code: 'module-problem', why: 'dkms.conf, line 3: syntax error' },
    says: 'cannot be built, dkms.conf, line 3: syntax error',
  },
  { because: { code: 'aborted' }, says: 'left as it is, the package operation was aborted' },
  { because: { code: 'toolkit-removed' }, says: 'left as it is, kmodsmith itself is removed' },
  {
    because: { code: 'dependency-missing', missing: [{ name: 'spl', why: 'unregistered' }] },
    says: 'waiting for spl (not registered here, another package may bring it)',
  },
  {
    because: {
      code: 'dependency-missing',
      missing: [
        { name: 'a', why: 'failed' },
        { name: 'b', why: 'excluded' },
        { name: 'c', why: 'not-installed' },
      ],
    },
    says: 'waiting for a (it failed for this kernel), b (it is not for this kernel), c (it is not installed for this kernel)',
  },
  {
    because: {
      code: 'dependency-missing',
      missing: [{ name: 'spl', why: 'cycle', cycle: ['zfs', 'spl', 'zfs'] }],
    },
    says: 'waiting for spl (they wait for each other: zfs, spl, zfs)',
  },
  {
    because: {
      code: 'dependency-missing',
      missing: [{ name: 'spl', why: 'unregistered' }],
      changes: [{ kind: 'dependency', name: 'spl', change: 'removed' }],
    },
    says: 'kept, rebuilding it waits for spl (not registered here, another package may bring it); stale, dependency spl removed since it was built',
  },
])('not done: $says', ({ because, says }) => {
  const skipped = [{ module, kernel: kernel.release, because }];
  expect(explain([], skipped)).toEqual([`zfs 2.3.9 for 6.12.1-amd64: ${says}`]);
});

it.each<SkipReason>([
  { code: 'autoinstall-off' },
  { code: 'unregistered' },
  { code: 'image-missing' },
  { code: 'not-built' },
  { code: 'other-version', current: '2.4.0' },
])('leaves out what is no news: $code', (because) => {
  expect(explain([], [{ module, kernel: kernel.release, because }])).toEqual([]);
});

it.each<{ changes: InputChange[]; says: string }>([
  { changes: [], says: '' },
  {
    changes: [{ kind: 'unrecorded', name: 'build', change: 'changed' }],
    says: 'nothing is recorded of what it was built from',
  },
  {
    changes: [{ kind: 'directives', name: 'dkms.conf', change: 'changed' }],
    says: 'what dkms.conf says changed since it was built',
  },
  {
    changes: [
      { kind: 'kernel-config', name: '/x/.config', change: 'changed' },
      { kind: 'symbol', name: 'printk', change: 'removed' },
      { kind: 'compiler', name: 'gcc-14', change: 'changed' },
    ],
    says: 'kernel config /x/.config changed, kernel symbol printk removed, compiler gcc-14 changed since it was built',
  },
  {
    changes: [header, header, { kind: 'kbuild', name: 'scripts/Makefile.build', change: 'added' }, header],
    says: 'include/linux/fs.h changed, include/linux/fs.h changed, scripts/Makefile.build added and 1 other input since it was built',
  },
  {
    changes: Array.from({ length: 5 }, () => header),
    says: 'include/linux/fs.h changed, include/linux/fs.h changed, include/linux/fs.h changed and 2 other inputs since it was built',
  },
])('changes: $says', ({ changes, says }) => expect(explainChanges(changes)).toBe(says));

it.each([
  { wish: undefined, said: "foo 1.0 for 6.12: waiting for the kernel's headers: install linux-headers-6.12" },
  {
    wish: 'warning',
    said: "foo 1.0 for 6.12: warning, waiting for the kernel's headers: install linux-headers-6.12",
  },
  {
    wish: 'failure',
    said: "foo 1.0 for 6.12: failure, waiting for the kernel's headers: install linux-headers-6.12",
  },
] as const)('a wait that the policy counts as $wish says so', ({ wish, said }) => {
  const because = { code: 'headers-missing', package: 'linux-headers-6.12' } as const;
  const skipped = { module: { name: 'foo', version: '1.0' }, kernel: '6.12', because };
  const plan = {
    version: 1,
    actions: [],
    skipped: [{ ...skipped, ...(wish && { severity: wish }) }],
  } as const;
  expect(explainPlan(plan)).toEqual([said]);
});
