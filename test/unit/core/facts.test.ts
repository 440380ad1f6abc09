import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rememberFailure } from '../../../src/core/build/failures.ts';
import { type Survey, survey } from '../../../src/core/facts.ts';
import { clearMark, markForRebuild } from '../../../src/core/rebuild-mark.ts';
import { everything } from '../../../src/policy/scope.ts';
import { Fingerprints } from '../../../src/system/fingerprint.ts';
import { countProcesses } from '../../support/count-processes.ts';
import { readerOf } from '../../support/reader-of.ts';
import { addBuild, addKernel, addModule, arch, makeMachine, release, tree } from './machine.ts';

type Machine = ReturnType<typeof makeMachine>;

async function pairOf({ layout }: Machine) {
  return (await survey(readerOf(layout), everything)).facts.pairs.find(({ kernel }) => kernel === release);
}

async function changesOf(machine: Machine): Promise<string[] | undefined> {
  const changes = (await pairOf(machine))?.build?.changes;
  return changes?.map(
    ({ kind, name, change }) => `${kind} ${name.replace(`${machine.scratch.path}/`, '')} ${change}`,
  );
}

describe('what an event names and the tree does not know', () => {
  const arriving = { name: 'bar', version: '1.0' };
  const scope = { everything: false, kernels: [], modules: [arriving] };

  it('is read where its package puts it', async () => {
    const machine = makeMachine();
    addModule(machine.scratch, 'bar');
    rmSync(`${machine.scratch.path}/var/lib/dkms/bar`, { recursive: true });
    const { facts, site } = await survey(readerOf(machine.layout), scope);
    expect(facts.modules.map(({ name, registered }) => [name, registered])).toEqual([
      ['foo', true],
      ['bar', false],
    ]);
    expect(site(arriving, release)?.conf.name).toBe('bar');
  });

  it.each([
    { name: 'bar-2', version: '0-1' },
    { name: 'bar', version: '2-0-1' },
  ])('is what its dkms.conf says where a folder could be several: %o', async (own) => {
    const machine = makeMachine();
    const folder = `${machine.scratch.path}/usr/src/bar-2-0-1`;
    mkdirSync(folder);
    writeFileSync(`${folder}/dkms.conf`, `PACKAGE_NAME=${own.name}\nPACKAGE_VERSION=${own.version}\n`);
    const modules = [
      { name: 'bar', version: '2-0-1' },
      { name: 'bar-2', version: '0-1' },
      { name: 'bar-2-0', version: '1' },
    ];
    const { facts } = await survey(readerOf(machine.layout), { ...scope, modules });
    expect(facts.modules.slice(1)).toMatchObject([own]);
    mkdirSync(`${machine.scratch.path}/var/lib/dkms/bar-2-0/1`, { recursive: true });
    symlinkSync(folder, `${machine.scratch.path}/var/lib/dkms/bar-2-0/1/source`);
    const known = await survey(readerOf(machine.layout), { ...scope, modules });
    expect(known.facts.modules.filter(({ name }) => name !== 'foo')).toMatchObject([{ name: 'bar-2-0' }]);
  });

  it('is nothing where there is no source', async () => {
    const machine = makeMachine();
    expect((await survey(readerOf(machine.layout), scope)).facts.modules.map(({ name }) => name)).toEqual([
      'foo',
    ]);
  });
});

it('a build that is marked says so until it is made anew', async () => {
  const machine = makeMachine();
  await addBuild(machine);
  const at = { module: machine.module, release, arch };
  await markForRebuild(machine.layout, at);
  expect((await pairOf(machine))?.build?.marked).toBe(true);
  await clearMark(machine.layout, at);
  expect((await pairOf(machine))?.build).not.toHaveProperty('marked');
});

it('a build is unchanged right after it was recorded', async () => {
  const machine = makeMachine();
  await addBuild(machine);
  expect(await changesOf(machine)).toEqual([]);
  expect((await pairOf(machine))?.build).toMatchObject({
    origin: 'autoinstall',
    builtAt: 1000,
    installed: false,
  });
});

describe('a change of', () => {
  it.each<{ what: string; change: (path: string) => void; expected: string[] }>([
    {
      what: 'a source',
      change: (path) => appendFileSync(`${path}/usr/src/foo-1.0/foo.c`, 'x'),
      expected: ['source foo.c changed'],
    },
    {
      what: 'the set of sources',
      change: (path) => renameSync(`${path}/usr/src/foo-1.0/foo.c`, `${path}/usr/src/foo-1.0/bar.c`),
      expected: ['source foo.c removed', 'source bar.c added'],
    },
    {
      what: 'a header',
      change: (path) => writeFileSync(`${path}/${tree}/include/generated/autoconf.h`, '#define X'),
      expected: [`header /${tree}/include/generated/autoconf.h changed`],
    },
    {
      what: 'a header into a link loop',
      change: (path) => {
        rmSync(`${path}/${tree}/include/generated/autoconf.h`);
        symlinkSync('autoconf.h', `${path}/${tree}/include/generated/autoconf.h`);
      },
      // The tree is not usable then, so that nothing is said of its files.
      expected: [],
    },
    {
      what: 'kbuild',
      change: (path) => appendFileSync(`${path}/${tree}/Makefile`, '#'),
      expected: [`kbuild /${tree}/Makefile changed`],
    },
    {
      what: 'the kernel config',
      change: (path) => appendFileSync(`${path}/${tree}/.config`, 'CONFIG_X=y\n'),
      expected: [`kernel-config /${tree}/.config changed`],
    },
    {
      what: 'an imported symbol',
      change: (path) =>
        writeFileSync(`${path}/${tree}/Module.symvers`, '0x9\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n'),
      expected: ['symbol printk changed'],
    },
    {
      what: 'the set of symbols',
      change: (path) => writeFileSync(`${path}/${tree}/Module.symvers`, ''),
      expected: ['symbol printk removed'],
    },
    {
      what: 'an unrelated symbol',
      change: (path) =>
        writeFileSync(
          `${path}/${tree}/Module.symvers`,
          '0x9\tother\tvmlinux\tEXPORT_SYMBOL\t\n0x1\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n',
        ),
      expected: [],
    },
    {
      what: 'the compiler',
      change: (path) => writeFileSync(`${path}/usr/bin/testcc`, '#!/bin/sh\necho "testcc 2.0"\n'),
      expected: ['compiler /usr/bin/testcc changed'],
    },
    {
      what: "the compiler's file, not its version",
      change: (path) => appendFileSync(`${path}/usr/bin/testcc`, '# same\n'),
      expected: [],
    },
    {
      what: 'the compiler into rubbish',
      change: (path) => rmSync(`${path}/usr/bin/testcc`),
      expected: ['compiler /usr/bin/testcc removed'],
    },
    {
      what: 'the build command by an override',
      change: (path) => {
        mkdirSync(`${path}/etc/dkms`);
        writeFileSync(`${path}/etc/dkms/foo.conf`, 'MAKE="make V=1"');
      },
      expected: ['directives dkms.conf changed'],
    },
    {
      what: 'AUTOINSTALL by an override',
      change: (path) => {
        mkdirSync(`${path}/etc/dkms`);
        writeFileSync(`${path}/etc/dkms/foo.conf`, 'AUTOINSTALL=no; BUILD_EXCLUSIVE_KERNEL_MIN=1.0');
      },
      expected: [],
    },
    {
      what: 'the modules that are for this kernel',
      change: (path) => {
        const two = 'BUILT_MODULE_NAME=(foo b); DEST_MODULE_LOCATION=(/updates /updates)';
        mkdirSync(`${path}/etc/dkms`);
        writeFileSync(`${path}/etc/dkms/foo.conf`, `${two}; BUILD_EXCLUSIVE_KERNEL=('' none)`);
      },
      expected: [],
    },
    {
      what: 'the modules that are for this kernel to two',
      change: (path) => {
        const two = 'BUILT_MODULE_NAME=(foo b); DEST_MODULE_LOCATION=(/updates /updates)';
        mkdirSync(`${path}/etc/dkms`);
        writeFileSync(`${path}/etc/dkms/foo.conf`, `${two}; BUILD_EXCLUSIVE_KERNEL=('' .)`);
      },
      expected: ['directives dkms.conf changed'],
    },
    {
      what: 'times and inodes only',
      change: (path) => {
        for (const name of [`${tree}/Makefile`, `${tree}/.config`, 'usr/src/foo-1.0/foo.c']) {
          const content = readFileSync(`${path}/${name}`);
          rmSync(`${path}/${name}`);
          writeFileSync(`${path}/${name}`, content);
          utimesSync(`${path}/${name}`, 1, 1);
        }
      },
      expected: [],
    },
  ])('$what', async ({ change, expected }) => {
    const machine = makeMachine();
    await addBuild(machine);
    change(machine.scratch.path);
    expect(await changesOf(machine)).toEqual(expected);
  });
});

describe("an admin's patches and scripts", () => {
  /** A build that was made with a patch and a PRE_BUILD of the admin's. */
  async function overridden() {
    const machine = makeMachine();
    const { scratch } = machine;
    appendFileSync(`${scratch.path}/usr/src/foo-1.0/dkms.conf`, 'PRE_BUILD="pre.sh x"\n');
    const files = ['etc/dkms/foo/patches/a.patch', 'etc/dkms/foo/pre.sh'].map((path) =>
      scratch.write(path, ''),
    );
    const folder = await addBuild(machine);
    const document = JSON.parse(readFileSync(`${folder}/provenance.json`, 'utf8'));
    const overrides = files.map((path) => ({ path, ...new Fingerprints().of(path) }));
    writeFileSync(`${folder}/provenance.json`, JSON.stringify({ ...document, overrides }));
    return machine;
  }

  it.each<{ what: string; change: (path: string) => void; expected: string[] }>([
    { what: 'the same', change: () => undefined, expected: [] },
    {
      what: 'changed',
      change: (path) => writeFileSync(`${path}/etc/dkms/foo/patches/a.patch`, 'x'),
      expected: ['source /etc/dkms/foo/patches/a.patch changed'],
    },
    {
      what: 'gone',
      change: (path) => rmSync(`${path}/etc/dkms/foo/pre.sh`),
      expected: ['source /etc/dkms/foo/pre.sh removed'],
    },
    {
      what: 'more',
      change: (path) => writeFileSync(`${path}/etc/dkms/foo/patches/b.patch`, ''),
      expected: ['source /etc/dkms/foo/patches/b.patch added'],
    },
    {
      what: 'beside others, that do not take part',
      change: (path) => writeFileSync(`${path}/etc/dkms/foo/post-install.sh`, ''),
      expected: [],
    },
  ])('$what', async ({ change, expected }) => {
    const machine = await overridden();
    change(machine.scratch.path);
    expect(await changesOf(machine)).toEqual(expected);
  });
});

it('says nothing of headers that are gone', async () => {
  const machine = makeMachine();
  await addBuild(machine);
  rmSync(`${machine.scratch.path}/${tree}`, { recursive: true });
  expect(await changesOf(machine)).toEqual([]);
});

const emptyRecord = {
  version: 1,
  startedAt: 1,
  ...{ sources: [], headers: [], kbuild: [], symbols: {}, tools: [] },
  ...{ kernelConfig: { path: '/x' }, moduleSymvers: { path: '/x' } },
};

it.each([
  '',
  '{',
  'null',
  '[]',
  '{"version":1}',
  '{"version":1,"startedAt":1,"headers":[null]}',
  '{"version":2}',
  JSON.stringify({ ...emptyRecord, symbols: null }),
  JSON.stringify({ ...emptyRecord, tools: [null] }),
  JSON.stringify({ ...emptyRecord, tools: [{ path: '/bin/sh' }] }),
  JSON.stringify({ ...emptyRecord, overrides: [7] }),
  JSON.stringify({ ...emptyRecord, headerTrees: [null] }),
  JSON.stringify({ ...emptyRecord, kbuild: {} }),
])('a damaged record (%j) is none', async (text) => {
  const machine = makeMachine();
  writeFileSync(`${await addBuild(machine)}/provenance.json`, text);
  expect((await pairOf(machine))?.build).toMatchObject({
    origin: 'unknown',
    builtAt: 0,
    changes: [{ kind: 'unrecorded' }],
  });
});

describe('broken things are facts', () => {
  it('a conf that is broken for one kernel counts for the other', async () => {
    const machine = makeMachine();
    addKernel(machine.scratch, '6.1');
    appendFileSync(
      `${machine.scratch.path}/usr/src/foo-1.0/dkms.conf`,
      '[[ $kernelver != 6.1 ]] || exit 1\n',
    );
    const { facts, site } = await survey(readerOf(machine.layout), everything);
    const nowhere = { builtFor: [], installedFor: [] };
    expect(facts.modules).toEqual([{ name: 'foo', version: '1.0', registered: true, ...nowhere }]);
    expect(facts.pairs.map(({ kernel, problem }) => [kernel, problem?.code])).toEqual([
      ['6.1', 'CONF_SYNTAX'],
      [release, undefined],
    ]);
    expect(site(machine.module, '6.1')).toBeUndefined();
    expect(site(machine.module, release)?.conf.name).toBe('foo');
  });

  it('a conf without what it must have, and a source that is gone', async () => {
    const machine = makeMachine();
    addModule(machine.scratch, 'bar', 'PACKAGE_NAME=\nAUTOINSTALL=perhaps\n');
    rmSync(`${machine.scratch.path}/usr/src/foo-1.0`, { recursive: true });
    const { facts } = await survey(readerOf(machine.layout), everything);
    const source = `${machine.scratch.path}/usr/src`;
    expect(facts.modules.map(({ problem }) => problem)).toEqual([
      {
        code: 'CONF_INVALID',
        message: `${source}/bar-1.0/dkms.conf: BUILT_MODULE_NAME[0] is missing; there is no PACKAGE_NAME`,
      },
      { code: 'SOURCE_MISSING', message: `its source ${source}/foo-1.0 is not there` },
    ]);
  });

  it('what is odd about a conf is a warning: another name, an unclear word, a syntax error', async () => {
    const machine = makeMachine();
    addModule(machine.scratch, 'bar', 'PACKAGE_NAME=other\nAUTOINSTALL=perhaps\nCLEAN=make\nif\n');
    const { facts } = await survey(readerOf(machine.layout), everything);
    const file = `${machine.scratch.path}/usr/src/bar-1.0/dkms.conf`;
    expect(facts.modules.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(facts.pairs[0]).toMatchObject({
      module: { name: 'bar' },
      autoinstall: false,
      warnings: [
        `${file}, line 8: syntax error: unexpected end of file`,
        'CLEAN is deprecated and has no effect',
        "PACKAGE_NAME is 'other', not 'bar'",
        "AUTOINSTALL='perhaps' is neither yes nor no and counts as no",
      ],
    });
  });

  it("a build without registration stays known, dkms's archive is no version", async () => {
    const machine = makeMachine();
    await addBuild(machine);
    rmSync(`${machine.scratch.path}/var/lib/dkms/foo/1.0/source`);
    machine.scratch.write(`var/lib/dkms/foo/original_module/${release}/${arch}/foo.ko`, '');
    const { facts } = await survey(readerOf(machine.layout), everything);
    expect(facts.modules).toMatchObject([{ version: '1.0', registered: false, builtFor: [release] }]);
    expect(facts.pairs[0]?.build).toMatchObject({ origin: 'autoinstall', changes: [] });
    rmSync(`${machine.scratch.path}/usr/src/foo-1.0`, { recursive: true });
    const { modules } = (await survey(readerOf(machine.layout), everything)).facts;
    expect(modules[0]?.problem?.code).toBe('SOURCE_MISSING');
  });

  it('a source that is a folder in the tree instead of a link', async () => {
    const machine = makeMachine();
    const { path } = machine.scratch;
    rmSync(`${path}/var/lib/dkms/foo/1.0/source`);
    renameSync(`${path}/usr/src/foo-1.0`, `${path}/var/lib/dkms/foo/1.0/source`);
    const { facts, site } = await survey(readerOf(machine.layout), everything);
    const nowhere = { builtFor: [], installedFor: [] };
    expect(facts.modules).toEqual([{ name: 'foo', version: '1.0', registered: true, ...nowhere }]);
    expect(site(machine.module, release)?.sourceFolder).toBe(`${path}/var/lib/dkms/foo/1.0/source`);
  });

  it('an os-release that is a directory', async () => {
    const machine = makeMachine();
    rmSync(`${machine.scratch.path}/etc/os-release`);
    machine.scratch.folder('etc/os-release');
    machine.scratch.write('usr/lib/os-release', 'ID=derived\nID_LIKE="fedora"\n');
    expect((await survey(readerOf(machine.layout), everything)).distribution.family).toBe('fedora');
  });
});

it('reads only what is in scope', async () => {
  const machine = makeMachine();
  addKernel(machine.scratch, '6.1');
  addModule(machine.scratch, 'bar');
  const scope = { everything: false, kernels: ['6.1'], modules: [{ name: 'bar', version: '9' }] };
  const { facts } = await survey(readerOf(machine.layout), scope);
  expect(facts.pairs.map(({ module, kernel }) => `${module.name} ${kernel}`)).toEqual([
    'bar 6.1',
    `bar ${release}`,
    'foo 6.1',
  ]);
});

describe('a failure', () => {
  async function failed() {
    const machine = makeMachine();
    const at = { module: machine.module, release, arch };
    const inputs =
      (await (await survey(readerOf(machine.layout), everything)).site(machine.module, release)?.digest()) ??
      '';
    await rememberFailure(machine.layout, at, { summary: 'it broke', inputs });
    return { ...machine, record: `${machine.layout.failures}/foo/1.0/${release}/${arch}/failure.json` };
  }

  it('is remembered with its log while nothing changes', async () => {
    const machine = await failed();
    const log = machine.record.replace('failure.json', 'make.log');
    expect((await pairOf(machine))?.failure).toMatchObject({ summary: 'it broke', log });
  });

  it('names the log of its attempt, and its class', async () => {
    const machine = await failed();
    const { inputs } = JSON.parse(readFileSync(machine.record, 'utf8'));
    const log = '20261126T120000.000Z.log';
    const at = { module: machine.module, release, arch };
    await rememberFailure(machine.layout, at, { summary: 'it broke', class: 'script', log, inputs });
    const path = `${machine.layout.logs}/foo/1.0/${release}/${arch}/${log}`;
    expect((await pairOf(machine))?.failure).toMatchObject({ class: 'script', log: path });
  });

  it.each([
    { written: { summary: 'foo does not compile: 2\na.c:1: error: x' }, so: { class: 'source' } },
    { written: { class: 'full-moon' }, so: { class: 'other' } },
    { written: { log: '../../../../etc/shadow' }, so: { log: expect.stringMatching(/\/make\.log$/) } },
    { written: { log: 7 }, so: { log: expect.stringMatching(/\/make\.log$/) } },
  ])('of another version, with $written', async ({ written, so }) => {
    const machine = await failed();
    const record = JSON.parse(readFileSync(machine.record, 'utf8'));
    writeFileSync(machine.record, JSON.stringify({ ...record, ...written }));
    expect((await pairOf(machine))?.failure).toMatchObject(so);
  });

  it.each<{ what: string; change: (path: string) => void }>([
    { what: 'a source', change: (path) => appendFileSync(`${path}/usr/src/foo-1.0/foo.c`, 'x') },
    { what: 'a header', change: (path) => writeFileSync(`${path}/${tree}/include/new.h`, '') },
    {
      what: "an admin's patch",
      change: (path) => {
        mkdirSync(`${path}/etc/dkms/foo/patches`, { recursive: true });
        writeFileSync(`${path}/etc/dkms/foo/patches/a.patch`, '');
      },
    },
    {
      what: 'the conf',
      change: (path) => appendFileSync(`${path}/usr/src/foo-1.0/dkms.conf`, 'MAKE=true\n'),
    },
  ])('is forgotten when $what changes', async ({ change }) => {
    const machine = await failed();
    change(machine.scratch.path);
    expect((await pairOf(machine))?.failure).toBeUndefined();
  });

  it.each(['', 'rubbish', 'null', '{"version":2}', '{"version":1,"inputs":"other"}'])(
    'is none when its record is %j',
    async (text) => {
      const machine = await failed();
      writeFileSync(machine.record, text);
      expect((await pairOf(machine))?.failure).toBeUndefined();
    },
  );
});

it('reads 20 modules for 3 kernels with one shell', async () => {
  const machine = makeMachine();
  const folder = await addBuild(machine);
  const document = JSON.parse(readFileSync(`${folder}/provenance.json`, 'utf8'));
  const headers = Array.from({ length: 800 }, (_, index) => {
    machine.scratch.write(`${tree}/include/h${index}.h`, '');
    return { ...document.headers[0], path: `${machine.scratch.path}/${tree}/include/h${index}.h` };
  });
  const config = Array.from({ length: 9000 }, (_, index) => `CONFIG_SOME_OPTION_${index}=y`).join('\n');
  for (const kernel of ['6.1', '6.2', release]) {
    if (kernel !== release) addKernel(machine.scratch, kernel);
    appendFileSync(`${machine.scratch.path}/usr/src/linux-headers-${kernel}/.config`, config);
    for (let index = 0; index < 20; index++) {
      const name = `m${index}`;
      if (kernel === release) addModule(machine.scratch, name, 'AUTOINSTALL=$(echo yes)\n');
      const result = `var/lib/dkms/${name}/1.0/${kernel}/${arch}`;
      machine.scratch.folder(`${result}/module`);
      machine.scratch.write(`${result}/provenance.json`, JSON.stringify({ ...document, headers }));
    }
  }
  const found: Survey[] = [];
  const processes = await countProcesses(async () =>
    found.push(await survey(readerOf(machine.layout), everything)),
  );
  expect(found[0]?.facts.pairs.filter(({ build }) => build !== undefined)).toHaveLength(61);
  expect(processes).toBe(1);
});
