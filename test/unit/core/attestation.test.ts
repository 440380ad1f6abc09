import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { survey } from '../../../src/core/facts.ts';
import { readKernelTree } from '../../../src/core/kernels.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { attest } from '../../../src/core/provenance/attestation.ts';
import { findKernelPackages } from '../../../src/core/provenance/kernel-package.ts';
import type { Provenance } from '../../../src/core/provenance/provenance.ts';
import { everything } from '../../../src/policy/scope.ts';
import { sha256 } from '../../../src/system/fingerprint.ts';
import { readerOf } from '../../support/reader-of.ts';
import { type Building, build, compiles } from './building.ts';
import { arch, makeMachine, release, tree } from './machine.ts';

async function record(building: Building) {
  const built = await build(building);
  expect(built.error).toBeUndefined();
  const provenance: Provenance = JSON.parse(readFileSync(`${built.result}/provenance.json`, 'utf8'));
  const layout = layoutOf(built.scratch.path);
  const staleness = async () => {
    const { facts } = await survey(readerOf(layout), everything);
    return facts.pairs.find(({ kernel }) => kernel === release)?.build?.changes;
  };
  return { ...built, provenance, layout, staleness };
}

const at = { module: { name: 'foo', version: '1.0' }, release, arch };

describe('an attestation', () => {
  it('names what came out and what went in, by content, and nothing of the root', async () => {
    const { provenance, layout, scratch, result } = await record({
      conf: 'PATCH=a.patch\nPOST_BUILD="post.sh x"',
      settings: { environment: { CC: 'gcc', KBUILD_SIGN_PIN: 'secret', AWS_TOKEN: 'secret' } },
      prepare: ({ write }) => {
        write(
          'usr/src/foo-1.0/patches/a.patch',
          '--- a/foo.c\n+++ b/foo.c\n@@ -1,1 +1,1 @@\n-int x;\n+int y;\n',
        );
        write('usr/src/foo-1.0/post.sh', '#!/bin/sh\n', 0o755);
        write('etc/dkms/foo.conf', 'AUTOINSTALL=yes\n');
        write('etc/dkms/foo/table', 'read by the script');
      },
    });
    const statement = await attest(layout, at, provenance);
    const text = JSON.stringify(statement);
    expect(text).not.toContain('secret');
    expect(text.replaceAll(JSON.stringify(provenance.make), '')).not.toContain(`"${scratch.path}`);
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://slsa.dev/provenance/v1',
      subject: [{ name: 'foo.ko', digest: { sha256: sha256(readFileSync(`${result}/module/foo.ko`)) } }],
    });
    const { buildDefinition, runDetails } = statement.predicate;
    expect(buildDefinition.externalParameters).toMatchObject({ module: at.module, origin: 'manual' });
    expect(buildDefinition.internalParameters).toMatchObject({
      patches: ['a.patch'],
      scripts: [{ name: 'POST_BUILD', sha256: sha256('#!/bin/sh\n') }],
      environment: { CC: 'gcc', module: 'foo' },
    });
    const inputs = new Map(
      buildDefinition.resolvedDependencies.map((one) => [
        `${one.annotations?.['role']} ${one.name}`,
        one.digest?.['sha256'],
      ]),
    );
    expect(inputs.get('source /usr/src/foo-1.0/foo.c')).toBe(sha256('int x;\n'));
    expect(inputs.get('setting /etc/dkms/foo.conf')).toBe(sha256('AUTOINSTALL=yes\n'));
    expect(inputs.get('read-by-script /etc/dkms/foo/table')).toBe(sha256('read by the script'));
    expect(inputs.has(`kernel-config /${tree}/.config`)).toBe(true);
    expect(runDetails.byproducts.map(({ name }) => name.split('/').at(-1))).toEqual([
      'make.log',
      'provenance.json',
    ]);
    expect(Date.parse(runDetails.metadata.finishedOn)).toBeGreaterThan(0);
  });

  it('is made from an older record as well', async () => {
    const { provenance, layout } = await record({});
    const { context: _context, reads: _reads, ...older } = provenance;
    const { predicate } = await attest(layout, at, older);
    expect(predicate.runDetails.builder).not.toHaveProperty('version');
    expect(predicate.buildDefinition.internalParameters).toMatchObject({ make: older.make });
  });
});

describe('headers that a script tried', () => {
  const probing = { conf: 'PRE_BUILD=pre.sh', prepare: withScript };
  function withScript({ write }: { write: (path: string, text: string, mode?: number) => string }) {
    write('usr/src/foo-1.0/pre.sh', '#!/bin/sh\n', 0o755);
    write(`${tree}/include/linux/unread.h`, 'old');
    const read = 'deps_foo.o := \\\n  include/generated/autoconf.h \\\n\n';
    write('usr/src/foo-1.0/commands', `savedcmd_foo.o := gcc -c foo.c\n\nsource_foo.o := foo.c\n\n${read}`);
  }
  const kbuild = `cp commands .foo.o.cmd; ${compiles('foo')}`;

  it.each([
    ['PRE_BUILD', { ...probing, make: kbuild }],
    ['configure', { make: `touch config.status; ${kbuild}`, prepare: withScript }],
  ])('all count after %s', async (_, building) => {
    const { provenance, scratch, staleness } = await record(building);
    expect(provenance.headers.length).toBeGreaterThan(0);
    expect(await staleness()).toEqual([]);
    scratch.write(`${tree}/include/linux/unread.h`, 'newer');
    expect(await staleness()).toEqual([{ kind: 'header', name: `/${tree}/include`, change: 'changed' }]);
  });

  it('do not count when nothing tried them', async () => {
    const { scratch, staleness } = await record({ make: kbuild, prepare: withScript });
    scratch.write(`${tree}/include/linux/unread.h`, 'newer');
    expect(await staleness()).toEqual([]);
  });
});

it('a file that only a script reads makes the build stale', async () => {
  const { scratch, staleness } = await record({
    conf: 'POST_BUILD="post.sh /etc/table"',
    prepare: ({ write }) => {
      write('usr/src/foo-1.0/post.sh', '#!/bin/sh\n', 0o755);
      write('etc/table', 'one');
    },
  });
  expect(await staleness()).toEqual([]);
  scratch.write('etc/table', 'two');
  expect(await staleness()).toEqual([{ kind: 'source', name: '/etc/table', change: 'changed' }]);
});

it('what passes, and what another module built, is no input of its own', async () => {
  const { provenance } = await record({
    conf: 'POST_BUILD="post.sh /proc/cpuinfo /etc/table $dkms_tree/base/Module.symvers"',
    prepare: ({ write }) => {
      write('usr/src/foo-1.0/post.sh', '#!/bin/sh\n', 0o755);
      for (const name of ['proc/cpuinfo', 'etc/table', 'var/lib/dkms/base/Module.symvers']) write(name, '');
    },
  });
  expect(provenance.reads?.map(({ path }) => path)).toEqual([expect.stringMatching(/\/etc\/table$/)]);
});

describe('the packages of a kernel', () => {
  const status = (name: string, version: string, state = 'install ok installed') =>
    `Package: ${name}\nStatus: ${state}\nVersion: ${version}\n\n`;

  async function find(prepare: (scratch: ReturnType<typeof makeMachine>['scratch']) => void) {
    const { scratch, layout } = makeMachine();
    prepare(scratch);
    return findKernelPackages(layout, await readKernelTree(layout, release));
  }

  it('are those that dpkg has for the release', async () => {
    const found = await find(({ write }) => {
      const all = [
        status(`linux-headers-${release}-extra`, '9'),
        status(`linux-headers-${release}`, '6.12.1-2'),
        status(`linux-image-${release}`, '1', 'deinstall ok config-files'),
        status(`proxmox-kernel-${release}-signed`, '6.12.1-3'),
      ];
      write('var/lib/dpkg/status', all.join(''));
      write(`var/lib/dpkg/info/linux-headers-${release}.list`, `/.\n/${tree}/Makefile\n`);
    });
    expect(found).toEqual({
      headers: { manager: 'dpkg', name: `linux-headers-${release}`, version: '6.12.1-2' },
      image: { manager: 'dpkg', name: `proxmox-kernel-${release}-signed`, version: '6.12.1-3' },
    });
  });

  it('are none when the build link leads to a tree of somebody else', async () => {
    const found = await find(({ write }) => {
      write('var/lib/dpkg/status', status(`linux-headers-${release}`, '1'));
      write(`var/lib/dpkg/info/linux-headers-${release}.list`, '/usr/src/other/Makefile\n');
    });
    expect(found).toEqual({});
  });

  it("are those of pacman that the kernel's pkgbase names", async () => {
    const desc = (name: string, version: string) => `%NAME%\n${name}\n\n%VERSION%\n${version}\n`;
    const found = await find(({ write }) => {
      write(`lib/modules/${release}/pkgbase`, 'linux-lts\n');
      write('var/lib/pacman/local/linux-lts-6.12.1-1/desc', desc('linux-lts', '6.12.1-1'));
      write('var/lib/pacman/local/linux-lts-headers-6.12.1-1/desc', desc('linux-lts-headers', '6.12.1-1'));
    });
    expect(found).toEqual({
      image: { manager: 'pacman', name: 'linux-lts', version: '6.12.1-1' },
      headers: { manager: 'pacman', name: 'linux-lts-headers', version: '6.12.1-1' },
    });
  });

  it('are none where there is no package manager', async () => {
    const { scratch, layout } = makeMachine();
    mkdirSync(`${scratch.path}/var/lib`, { recursive: true });
    rmSync(`${scratch.path}/lib/modules/${release}/build`);
    expect(await findKernelPackages(layout, await readKernelTree(layout, release))).toEqual({});
  });
});
