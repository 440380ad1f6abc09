import {
  existsSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { survey } from '../../../src/core/facts.ts';
import { readKernelTree } from '../../../src/core/kernels.ts';
import { proveNewLinks, settleLinks } from '../../../src/core/weak-links/settle-links.ts';
import { LinkSurvey } from '../../../src/core/weak-links/survey-links.ts';
import { verifyLinks } from '../../../src/core/weak-links/verify-links.ts';
import { describeLinkFault } from '../../../src/core/weak-links/weak-link.ts';
import { everything } from '../../../src/policy/scope.ts';
import { sha256 } from '../../../src/system/fingerprint.ts';
import { readerOf } from '../../support/reader-of.ts';
import { writeModule } from '../formats/module-specimens.ts';
import {
  addLinked,
  built,
  fitting,
  folder,
  type Linked,
  linking,
  linkingTree,
  makeLinked,
  symvers,
  target,
  vermagic,
} from './linked.ts';
import { addKernel, arch } from './machine.ts';
import { compressed } from './modules.ts';

async function linksOf({ layout }: Linked) {
  return new LinkSurvey(layout).linksOf(await readKernelTree(layout, linking));
}

/** By the name of the link. */
async function statesOf(machine: Linked): Promise<Record<string, string>> {
  const links = await linksOf(machine);
  return Object.fromEntries(links.map(({ path, state }) => [path.slice(path.lastIndexOf('/') + 1), state]));
}

async function settle({ layout }: Linked, unwanted = 'nobody') {
  const changed: string[] = [];
  const judged = await settleLinks({
    ...{ layout, release: linking },
    isWanted: ({ name }) => name !== unwanted,
    onChange: async (links) => {
      changed.push(...links.map(({ link }) => link.path));
    },
  });
  return { changed, judged };
}

describe('a link', () => {
  it('to a module of ours is a fact, with what it leads to', async () => {
    const { layout, module } = makeLinked();
    const { facts } = await survey(readerOf(layout), everything);
    expect(facts.kernels).toMatchObject([{ release: built }, { release: linking }]);
    expect(facts.kernels.map(({ weakLinks }) => weakLinks)).toEqual([
      undefined,
      [{ module, builtFor: built, path: `/${folder}/foo.ko`, state: 'unproven' }],
    ]);
  });

  it.each([
    { what: 'relative', spell: () => `../../${built}/updates/dkms/foo.ko` },
    { what: 'by another name of the folder', spell: () => `/usr/lib/modules/${built}/updates/dkms/foo.ko` },
  ])('may be $what', async ({ spell }) => {
    const machine = makeLinked();
    const { scratch, link } = machine;
    scratch.link('../lib', 'usr/lib');
    rmSync(link);
    symlinkSync(spell(), link);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'unproven' });
  });

  it.each<{ what: string; change: (machine: Linked) => void }>([
    {
      what: 'to what no manifest records',
      change: ({ scratch, link }) => {
        rmSync(link);
        symlinkSync(scratch.write(`lib/modules/${built}/extra/theirs.ko`, 'x'), link);
      },
    },
    {
      what: 'to a module of the same kernel',
      change: ({ scratch, link }) => {
        rmSync(link);
        scratch.link(target, `lib/modules/${built}/weak-updates/foo.ko`);
      },
    },
    { what: 'of another name', change: ({ link }) => renameSync(link, `${link}.orig-`) },
    {
      what: 'that is a file',
      change: ({ scratch, link }) => {
        rmSync(link);
        scratch.write(`${folder}/foo.ko`, 'x');
      },
    },
  ])('$what is none of ours', async ({ change }) => {
    const machine = makeLinked();
    change(machine);
    expect(await linksOf(machine)).toEqual([]);
    const before = readdirSync(join(machine.scratch.path, folder));
    await settle(machine);
    expect(readdirSync(join(machine.scratch.path, folder))).toEqual(before);
  });
});

describe('what fits', () => {
  it('is proven once, with all that was compared', async () => {
    const machine = makeLinked();
    const { module, layout, readProof } = machine;
    expect((await settle(machine)).changed).toEqual([]);
    const file = { path: target, sha256: sha256(writeModule(fitting)) };
    expect(readProof()).toMatchObject({
      ...{ version: 1, module, builtFor: { release: built, arch }, kernel: linking },
      ...{ link: `/${folder}/foo.ko`, file, exporters: [] },
      symvers: { path: `/${linkingTree}/Module.symvers`, sha256: sha256(symvers()) },
      compared: 3,
      symbols: { module_layout: '0x00000007', other: '0x00000002', printk: '0x00000001' },
    });
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
    expect(existsSync(join(layout.weak, built))).toBe(false);
  });

  it('is not read again while the proof stands, and is when it may not', async () => {
    const machine = makeLinked();
    const { scratch, installed, proof, readProof } = machine;
    await settle(machine);
    // What was compared is not asked again: a proof that says otherwise is believed.
    const text = { ...readProof(), symbols: {}, compared: 0 };
    writeFileSync(proof, JSON.stringify(text));
    utimesSync(installed, 5, 5);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
    await settle(machine);
    expect(readProof().compared).toBe(0);
    scratch.write(`${linkingTree}/Module.symvers`, `${symvers()}0x9\tmore\tvmlinux\tEXPORT_SYMBOL\t\n`);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'unproven' });
    expect((await settle(machine)).changed).toEqual([]);
    expect(readProof().compared).toBe(3);
  });

  it('is told of when it is another file', async () => {
    const machine = makeLinked();
    await settle(machine);
    writeFileSync(machine.installed, writeModule({ ...fitting, imports: ['printk'] }));
    expect(await linksOf(machine)).toMatchObject([{ state: 'unproven', changed: true }]);
    expect((await settle(machine)).changed).toEqual([`/${folder}/foo.ko`]);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
    expect(machine.readProof().compared).toBe(2);
  });

  it.each(['{', '{"version":1}', '[]', 'null', '{"version":2}'])('is not proven by %s', async (text) => {
    const machine = makeLinked();
    await settle(machine);
    writeFileSync(machine.proof, text);
    expect(await linksOf(machine)).toMatchObject([{ state: 'unproven' }]);
  });

  it('may be compressed, or in a folder below', async () => {
    const machine = makeLinked();
    const { scratch, link, layout } = machine;
    rmSync(link);
    scratch.link(target, `${folder}/updates/dkms/foo.ko`);
    writeFileSync(machine.installed, compressed(writeModule(fitting), '.gz'));
    await settle(machine);
    expect(existsSync(join(layout.weak, linking, 'updates/dkms/foo.ko.json'))).toBe(true);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
  });

  it('is proven at once where a tool has made the link, but not in place of an earlier proof', async () => {
    const machine = makeLinked();
    const { layout, at, readProof } = machine;
    await proveNewLinks(layout, { ...at, module: { name: 'foo', version: '2.0' } });
    expect(existsSync(machine.proof)).toBe(false);
    await proveNewLinks(layout, at);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
    const before = readProof();
    writeFileSync(machine.installed, writeModule({ ...fitting, imports: ['printk'] }));
    await proveNewLinks(layout, at);
    expect(readProof()).toEqual(before);
  });
});

describe('what does not fit', () => {
  it.each<{ what: string; parts?: object; crcs?: Record<string, string>; why: string }>([
    {
      what: 'another version of a symbol',
      crcs: { printk: '0x00000009' },
      why: 'foo.ko needs other versions of symbols than there are, so the kernel would refuse it: printk (it wants 0x00000001, the kernel has 0x00000009)',
    },
    {
      what: 'a symbol that is gone',
      parts: { imports: ['printk', 'gone'], versions: { printk: 1, gone: 4 } },
      why: 'exports, so the kernel would refuse it: gone',
    },
    {
      what: 'other flags than those of the kernel',
      parts: { modinfo: { vermagic: vermagic(built, 'SMP preempt mod_unload modversions') } },
      why: `foo.ko says '${vermagic(built, 'SMP preempt mod_unload modversions').trim()}', the kernel's own modules say '${vermagic(linking).trim()}'`,
    },
    {
      what: 'no versions, so that the release counts',
      parts: { versions: undefined },
      why: `foo.ko was made for ${built}`,
    },
  ])('goes: $what', async ({ parts = {}, crcs = {}, why }) => {
    const machine = makeLinked({ ...fitting, ...parts });
    const { scratch, link, installed } = machine;
    scratch.write(`lib/modules/${linking}/modules.order`, 'kernel/fs/ext4.ko\n');
    const own = writeModule({ modinfo: { vermagic: vermagic(linking), intree: 'Y' } });
    scratch.write(`lib/modules/${linking}/kernel/fs/ext4.ko`, own);
    scratch.write(`${linkingTree}/Module.symvers`, symvers(crcs));
    expect(await linksOf(machine)).toEqual([
      expect.objectContaining({ state: 'broken', why: expect.stringContaining(why) }),
    ]);
    expect((await settle(machine)).changed).toEqual([`/${folder}/foo.ko`]);
    expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
    expect([existsSync(installed), existsSync(join(scratch.path, folder))]).toEqual([true, true]);
    expect(await linksOf(machine)).toEqual([]);
  });

  it('loses its proof and its empty folders, and no other link', async () => {
    const machine = makeLinked();
    const { scratch, layout, link } = machine;
    rmSync(link);
    scratch.link(target, `${folder}/updates/dkms/foo.ko`);
    addLinked(machine.scratch, 'bar', { ...fitting, imports: ['other'] });
    await settle(machine);
    expect(readdirSync(join(layout.weak, linking))).toEqual(['bar.ko.json', 'updates']);
    scratch.write(`${linkingTree}/Module.symvers`, symvers({ printk: '0x00000009' }));
    await settle(machine);
    expect(readdirSync(join(scratch.path, folder))).toEqual(['bar.ko']);
    expect(readdirSync(join(layout.weak, linking))).toEqual(['bar.ko.json']);
    expect(await statesOf(machine)).toEqual({ 'bar.ko': 'fits' });
  });

  it('stays where nobody is to look after the module', async () => {
    const machine = makeLinked();
    machine.scratch.write(`${linkingTree}/Module.symvers`, symvers({ printk: '0x00000009' }));
    expect(await settle(machine, 'foo')).toEqual({ changed: [], judged: [] });
    expect(existsSync(join(machine.scratch.path, folder))).toBe(true);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'broken' });
  });

  it('goes when what it led to is gone, also when nothing records that any more', async () => {
    const machine = makeLinked();
    await settle(machine);
    rmSync(machine.installed);
    expect(await linksOf(machine)).toMatchObject([
      { state: 'broken', why: `${target}, to which it leads, is not there` },
    ]);
    rmSync(join(machine.scratch.path, 'var/lib/dkms/foo'), { recursive: true });
    expect(await linksOf(machine)).toMatchObject([
      { module: machine.module, builtFor: built, state: 'broken' },
    ]);
    await settle(machine);
    expect(readdirSync(join(machine.scratch.path, folder))).toEqual([]);
    expect(readdirSync(machine.layout.weak)).toEqual([]);
  });

  it('stays where it leads to nothing and was never ours', async () => {
    const machine = makeLinked();
    rmSync(join(machine.scratch.path, 'var/lib/dkms/foo'), { recursive: true });
    rmSync(machine.installed);
    expect(await linksOf(machine)).toEqual([]);
    await settle(machine);
    expect(readdirSync(join(machine.scratch.path, folder))).toEqual(['foo.ko']);
  });
});

describe('the symbols of a kernel', () => {
  const other = symvers({ printk: '0x00000009' });
  const without = () => {
    const machine = makeLinked();
    rmSync(join(machine.scratch.path, linkingTree), { recursive: true });
    return machine;
  };

  it.each([
    { path: `lib/modules/${linking}/symvers.gz`, suffix: '.gz' },
    { path: `lib/modules/${linking}/symvers.xz`, suffix: '.xz' },
    { path: `lib/modules/${linking}/symvers.zst`, suffix: '.zst' },
    { path: `boot/symvers-${linking}.gz`, suffix: '.gz' },
    { path: `boot/symvers-${linking}.xz`, suffix: '.xz' },
    { path: `boot/symvers-${linking}.zst`, suffix: '.zst' },
  ] as const)('may be in $path', async ({ path, suffix }) => {
    const machine = without();
    const write = (text: string) => machine.scratch.write(path, compressed(Buffer.from(text), suffix));
    write(symvers());
    await settle(machine);
    expect(machine.readProof().symvers.path).toBe(`/${path}`);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'fits' });
    write(other);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'broken' });
  });

  it('are those of the headers, where they are of this kernel', async () => {
    const machine = makeLinked();
    const { scratch } = machine;
    scratch.write(`lib/modules/${linking}/symvers.gz`, compressed(Buffer.from(other), '.gz'));
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'unproven' });
    scratch.write(`${linkingTree}/include/generated/utsrelease.h`, '#define UTS_RELEASE "5.0"\n');
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'broken' });
  });

  it('are others, to be proven by, when the headers come or go', async () => {
    const machine = makeLinked();
    const { scratch } = machine;
    scratch.write(`boot/symvers-${linking}.gz`, compressed(Buffer.from(symvers()), '.gz'));
    await settle(machine);
    renameSync(join(scratch.path, linkingTree), join(scratch.path, 'aside'));
    expect(await linksOf(machine)).toMatchObject([{ state: 'unproven' }]);
    await settle(machine);
    expect(machine.readProof().symvers.path).toBe(`/boot/symvers-${linking}.gz`);
  });

  it.each<{ what: string; write?: string }>([
    { what: 'none' },
    { what: 'unreadable ones', write: 'no gzip' },
  ])('where there are $what, links are left alone', async ({ write }) => {
    const machine = without();
    const { scratch, installed } = machine;
    if (write !== undefined)
      scratch.write(`boot/symvers-${linking}.gz`, Buffer.concat([Buffer.of(0x1f, 0x8b), Buffer.from(write)]));
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'unknown' });
    rmSync(installed);
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'unknown' });
    const { changed, judged } = await settle(machine);
    expect(changed).toEqual([]);
    expect(judged).toMatchObject([{ verdict: { state: 'unknown' } }]);
    expect(lstatSync(machine.link).isSymbolicLink()).toBe(true);
    expect(existsSync(machine.proof)).toBe(false);
  });
});

describe('modules that need each other', () => {
  const modinfo = { vermagic: vermagic(built), depends: 'bar' };
  const user = { modinfo, imports: ['printk', 'theirs'], versions: { printk: 1, theirs: 5 } };
  const giver = (crc: number) => ({ ...fitting, exports: { theirs: crc } });

  it('fit together, and the proof of one says what it has of the other', async () => {
    const machine = makeLinked(user);
    addLinked(machine.scratch, 'bar', giver(5));
    await settle(machine);
    expect(await statesOf(machine)).toEqual({ 'bar.ko': 'fits', 'foo.ko': 'fits' });
    const { exporters, symbols } = machine.readProof();
    expect(exporters).toMatchObject([{ path: `/${folder}/bar.ko` }]);
    expect(symbols).toEqual({ printk: '0x00000001', theirs: '0x00000005' });
  });

  it('go together: what does not fit gives nothing to others', async () => {
    const machine = makeLinked(user);
    addLinked(machine.scratch, 'bar', giver(5));
    await settle(machine);
    const spoilt = { ...giver(5), versions: { printk: 9, other: 2 } };
    writeFileSync(
      join(machine.scratch.path, `lib/modules/${built}/updates/dkms/bar.ko`),
      writeModule(spoilt),
    );
    expect(await statesOf(machine)).toEqual({ 'bar.ko': 'broken', 'foo.ko': 'broken' });
    await settle(machine);
    expect(await linksOf(machine)).toEqual([]);
  });

  it('do not fit where one has another version of what it gives', async () => {
    const machine = makeLinked(user);
    addLinked(machine.scratch, 'bar', giver(6));
    expect(await statesOf(machine)).toEqual({ 'bar.ko': 'unproven', 'foo.ko': 'broken' });
  });

  it('may be the one built for the kernel, and a change of that counts', async () => {
    const machine = makeLinked(user);
    const { scratch, readProof } = machine;
    const path = `lib/modules/${linking}/extra/bar.ko`;
    scratch.write(path, writeModule({ ...giver(5), modinfo: { vermagic: vermagic(linking) } }));
    scratch.write(`lib/modules/${linking}/modules.dep`, 'extra/bar.ko:\nweak-updates/foo.ko: extra/bar.ko\n');
    await settle(machine);
    expect(readProof().exporters).toMatchObject([{ path: `/${path}` }]);
    scratch.write(path, writeModule({ ...giver(6), modinfo: { vermagic: vermagic(linking) } }));
    expect(await statesOf(machine)).toEqual({ 'foo.ko': 'broken' });
  });
});

describe('verifying links', () => {
  it('compares anew, whatever is recorded, and changes nothing', async () => {
    const machine = makeLinked();
    const { layout, scratch, module, proof, readProof } = machine;
    addKernel(scratch, '6.13-without-links');
    await settle(machine);
    writeFileSync(proof, JSON.stringify({ ...readProof(), compared: 0 }));
    const fit = await verifyLinks(layout, () => true);
    expect(fit).toEqual([
      {
        ...{ module, kernel: { release: linking, arch }, builtFor: built, path: `/${folder}/foo.ko`, target },
        ...{ state: 'fits', compared: 3, symvers: `/${linkingTree}/Module.symvers`, findings: [] },
      },
    ]);
    scratch.write(`${linkingTree}/Module.symvers`, symvers({ printk: '0x00000009' }));
    const [broken] = await verifyLinks(layout, ({ release }) => release === linking);
    expect(broken).toMatchObject({ state: 'broken', findings: [{ code: 'symbol-versions' }] });
    expect(broken?.findings.map((fault) => describeLinkFault(broken, fault))).toEqual([
      'foo.ko needs other versions of symbols than there are, so the kernel would refuse it: printk (it wants 0x00000001, the kernel has 0x00000009)',
    ]);
    rmSync(join(scratch.path, linkingTree), { recursive: true });
    expect(await verifyLinks(layout, () => true)).toMatchObject([{ state: 'unknown', findings: [] }]);
    expect(await verifyLinks(layout, ({ release }) => release === built)).toEqual([]);
    expect(existsSync(machine.link)).toBe(false);
    expect(lstatSync(machine.link).isSymbolicLink()).toBe(true);
  });
});
