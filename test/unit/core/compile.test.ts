import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { buildModule } from '../../../src/core/build/build.ts';
import { survey } from '../../../src/core/facts.ts';
import { KmodsmithError, messageOf } from '../../../src/errors.ts';
import { defaultPolicy } from '../../../src/policy/knobs.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import { arch, makeMachine, release } from './machine.ts';

const log = (root: string) => `${root}/log/make.log`;

/** Builds foo/1.0 with a MAKE of one shell command that stands for the whole of kbuild. */
async function build(make: string, extra = ''): Promise<{ root: string; error?: KmodsmithError }> {
  const { scratch, layout, module } = makeMachine();
  scratch.write(
    'usr/src/foo-1.0/dkms.conf',
    `PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nSTRIP=no\nMAKE='${make}'\n${extra}`,
  );
  scratch.write('usr/src/foo-1.0/x.sh', '#!/bin/sh\nexit 3\n', 0o755);
  const { distribution, ...found } = await survey(readerOf(layout), everything);
  const site = found.site(module, release);
  if (site === undefined) throw new Error('the conf of the test is broken');
  const kernel = { release, arch };
  const framework = await readFramework(scratch.path);
  const engine = engineSettings({ layout, framework, distribution });
  const settings = {
    ...engine,
    signing: await engine.signingFor(site.tree, { module, policy: defaultPolicy }),
  };
  try {
    await buildModule({ layout, module, kernel, origin: 'manual', settings, ...site }, log(scratch.path));
    return { root: scratch.path };
  } catch (error) {
    if (error instanceof KmodsmithError) return { root: scratch.path, error };
    throw new Error(messageOf(error));
  }
}

/** Makes foo.ko with a .modinfo section, out of C. */
const compiled = `echo "const char m[] __attribute__((section(\\".modinfo\\"))) = \\"vermagic=$kernelver SMP\\"; extern int printk(void); int f(void) { return printk(); }" > x.c; gcc -c x.c -o foo.ko`;

it('builds, records and puts the result in place', async () => {
  const { root, error } = await build(compiled);
  expect(error).toBeUndefined();
  const folder = `${root}/var/lib/dkms/foo/1.0/${release}/${arch}`;
  expect(readdirSync(`${folder}/module`)).toEqual(['foo.ko']);
  const provenance = JSON.parse(readFileSync(`${folder}/provenance.json`, 'utf8'));
  expect(provenance).toMatchObject({ symbols: { printk: '0x1' }, outputs: [{ name: 'foo.ko' }] });
  expect(readdirSync(`${root}/var/lib/dkms/foo/1.0`)).toEqual([release, 'source']);
});

it.each<{ what: string; make: string; extra?: string; code: string; says: RegExp }>([
  {
    what: 'fails',
    make: 'echo "foo.c:1:2: error: no"; exit 3',
    code: 'BUILD_FAILED',
    says: /status 3\nfoo\.c:1:2: error: no/,
  },
  {
    what: 'makes nothing',
    make: 'true',
    code: 'OBJECT_MISSING',
    says: /make succeeded, but foo\.ko is not there/,
  },
  { what: 'makes rubbish', make: 'echo x > foo.ko', code: 'VERIFY_FAILED', says: /has no vermagic/ },
  {
    what: 'builds for the running kernel',
    make: compiled.replace('$kernelver', '5.0-running'),
    code: 'VERIFY_FAILED',
    says: /foo\.ko was made for 5\.0-running, so the kernel would refuse it/,
  },
  {
    what: 'strips all symbols',
    make: `${compiled}; strip --strip-all foo.ko`,
    code: 'VERIFY_FAILED',
    says: /the symbol table of foo\.ko is missing or damaged/,
  },
  {
    what: 'changes the kernel headers',
    make: `${compiled}; echo >> $kernel_source_dir/Makefile`,
    code: 'INPUT_CHANGED',
    says: /Makefile changed while the module was being built/,
  },
  {
    what: 'changes the symbols of the kernel',
    make: `${compiled}; touch $kernel_source_dir/Module.symvers`,
    code: 'INPUT_CHANGED',
    says: /Module\.symvers changed while/,
  },
  {
    what: 'has a script that fails',
    make: compiled,
    extra: 'PRE_BUILD=x.sh\n',
    code: 'SCRIPT_FAILED',
    says: /PRE_BUILD 'x.sh' ended with status 3/,
  },
])('a build that $what leaves no result', async ({ make, extra, code, says }) => {
  const { root, error } = await build(make, extra);
  expect(error?.code).toBe(code);
  expect(error?.message).toMatch(says);
  expect(existsSync(`${root}/var/lib/dkms/foo/1.0/${release}`)).toBe(false);
});
