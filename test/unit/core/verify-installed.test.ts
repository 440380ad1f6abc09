import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDistribution } from '../../../src/core/facts.ts';
import { writeManifest } from '../../../src/core/install/manifest.ts';
import { verifyInstalled } from '../../../src/core/verify/verify-installed.ts';
import { sha256 } from '../../../src/system/fingerprint.ts';
import { execute } from '../../support/process.ts';
import { makeSigner } from '../../support/signers.ts';
import { type ModuleParts, writeModule } from '../formats/module-specimens.ts';
import { addModule, arch, makeMachine, release, tree } from './machine.ts';
import { cmsOf, compressed, signed } from './modules.ts';

const vermagic = `${release} SMP mod_unload modversions `;
const good: ModuleParts = { modinfo: { vermagic }, imports: ['printk'], versions: { printk: 0x1 } };
const symvers = '0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0x2\tusb\tdrivers/usb\tEXPORT_SYMBOL\t\n';

const secureBoot = 'sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';

/** The length at the end says more than there is. */
function tooLong(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(copy.length, copy.length - '~Module signature appended~\n'.length - 4);
  return copy;
}

/** foo/1.0 and whatever else is installed on the kernel of the machine, as an install leaves it. */
function makeSite() {
  const { scratch, layout } = makeMachine();
  scratch.write(`${tree}/Module.symvers`, symvers);
  const place = (name: string) => `lib/modules/${release}/updates/dkms/${name}.ko`;
  const index = (...names: string[]) =>
    scratch.write(
      `lib/modules/${release}/modules.dep`,
      names.map((name) => `updates/dkms/${name}.ko:\n`).join(''),
    );
  const install = async (name: string, parts: ModuleParts, files = [place(name)]) => {
    if (name !== 'foo') addModule(scratch, name);
    const module = { name, version: '1.0' };
    const bytes = writeModule(parts);
    const folder = `var/lib/dkms/${name}/1.0/${release}/${arch}`;
    scratch.write(`${folder}/module/${name}.ko`, bytes);
    scratch.link(`1.0/${release}/${arch}`, `var/lib/dkms/${name}/kernel-${release}-${arch}`);
    for (const path of files) scratch.write(path, bytes);
    const recorded = files.map((path) => ({ path: `/${path}`, size: bytes.length, sha256: sha256(bytes) }));
    await writeManifest(layout, { module, release, arch }, { version: 1, build: 1, files: recorded });
    return bytes;
  };
  const verify = async () =>
    verifyInstalled(layout, { distribution: await readDistribution(layout), isWanted: () => true });
  const findings = async () =>
    Object.fromEntries((await verify()).files.map((file) => [file.module.name, file.findings]));
  return { scratch, layout, place, index, install, verify, findings };
}

describe('verifyInstalled', () => {
  it('finds nothing wrong with what is as it was installed', async () => {
    const { install, index, verify, place } = makeSite();
    await install('foo', good);
    index('foo');
    expect(await verify()).toEqual({
      kernels: [{ release, symbols: 'checked' }],
      files: [
        {
          module: { name: 'foo', version: '1.0' },
          kernel: { release, arch },
          path: `/${place('foo')}`,
          signed: false,
          findings: [],
        },
      ],
    });
  });

  it.each([
    { what: 'is gone', spoil: (path: string) => rmSync(path), expected: { code: 'file-missing' } },
    {
      what: 'is cut off',
      spoil: (path: string) => truncateSync(path, 100),
      expected: { code: 'file-changed', size: 100 },
    },
  ])('tells that a file $what', async ({ spoil, expected }) => {
    const { install, index, findings, place, scratch } = makeSite();
    await install('foo', good);
    index('foo');
    spoil(`${scratch.path}/${place('foo')}`);
    expect((await findings())['foo']).toMatchObject([expected]);
  });

  it.each(['.xz', '.gz', '.zst'] as const)('reads modules that are compressed: %s', async (suffix) => {
    const { install, findings, place, scratch, index } = makeSite();
    const bytes = await install('foo', { ...good, versions: { printk: 9 } }, [`${place('foo')}${suffix}`]);
    scratch.write(`${place('foo')}${suffix}`, compressed(bytes, suffix));
    index(`foo`);
    expect((await findings())['foo']).toMatchObject([
      { code: 'symbol-versions', symbols: [{ name: 'printk', wanted: 9, found: 1 }] },
      { code: 'hidden', by: 'updates/dkms/foo.ko' },
    ]);
  });

  it('does not mind that a file was signed or compressed since, and tells whether it is signed', async () => {
    const { install, index, verify, place, scratch } = makeSite();
    const bytes = await install('foo', good);
    index('foo');
    scratch.write(place('foo'), compressed(signed(bytes), '.xz'));
    expect((await verify()).files).toMatchObject([{ signed: true, findings: [] }]);
  });

  it('tells that the kernel wants a signature', async () => {
    const { install, index, verify, scratch } = makeSite();
    scratch.write(`${tree}/.config`, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG_FORCE=y\n');
    await install('foo', good);
    index('foo');
    expect((await verify()).files).toMatchObject([
      { signed: false, findings: [{ code: 'signature-missing', by: 'kernel-config' }] },
    ]);
  });

  it.each([
    { path: 'sys/kernel/security/lockdown', text: 'none [integrity] confidentiality\n', by: 'lockdown' },
    { path: 'sys/module/module/parameters/sig_enforce', text: 'Y\n', by: 'sig-enforce' },
    { path: secureBoot, text: '\x06\0\0\0\x01', by: 'secure-boot' },
  ])('tells that this machine wants a signature: $by', async ({ path, text, by }) => {
    const { install, index, findings, scratch } = makeSite();
    await install('foo', good);
    index('foo');
    scratch.write(path, text);
    // A kernel that knows no signatures cannot ask for them.
    expect(await findings()).toEqual({ foo: [] });
    scratch.write(`${tree}/.config`, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG=y\n');
    expect(await findings()).toEqual({ foo: [{ code: 'signature-missing', by }] });
  });

  describe('a signature', () => {
    async function makeSigned() {
      const site = makeSite();
      const { scratch, layout, place } = site;
      const signer = await makeSigner(scratch);
      await site.install('foo', good);
      site.index('foo');
      const path = `${scratch.path}/${place('foo')}`;
      await execute([signer.signFile, 'sha256', signer.key, signer.certificate, path]);
      const { serialNumber: serial } = new X509Certificate(signer.der);
      /** What a build by kmodsmith records of its signature, and enough else to be read. */
      const record = (digest: string) => {
        const empty = { sources: [], headers: [], kbuild: [], symbols: {}, tools: [], outputs: [] };
        const file = { path: '/x', size: 0, modified: 0, changed: 0, sha256: '' };
        const kernel = { kernelConfig: file, moduleSymvers: file };
        const signing = { hash: 'sha256', certificate: signer.certificate, certificateSha256: digest };
        const document = { version: 1, startedAt: 1, ...empty, ...kernel, signing };
        scratch.write(`var/lib/dkms/foo/1.0/${release}/${arch}/provenance.json`, JSON.stringify(document));
      };
      const file = async () => (await site.verify()).files[0];
      return { ...site, signer, serial, path, record, file, layout };
    }
    const named = 'key of signer';

    it('is not checked without its certificate, and holds by that of the machine', async () => {
      const { scratch, signer, serial, file } = await makeSigned();
      expect(await file()).toMatchObject({
        signed: true,
        signature: { signer: named, serial, checked: 'unknown' },
        findings: [],
      });
      scratch.write('var/lib/dkms/mok.pub', signer.der);
      const certificate = '/var/lib/dkms/mok.pub';
      expect((await file())?.signature).toEqual({ signer: named, serial, checked: 'holds', certificate });
    });

    it('holds by the certificate that is recorded with the build, as long as that is the same', async () => {
      const { record, signer, file } = await makeSigned();
      record(sha256(signer.der));
      expect((await file())?.signature).toMatchObject({
        checked: 'holds',
        certificate: '/signer/certificate',
      });
      record(sha256('another'));
      expect((await file())?.signature?.checked).toBe('unknown');
    });

    it('is broken when the module was altered after it was signed', async () => {
      const { scratch, signer, path, file } = await makeSigned();
      scratch.write('var/lib/dkms/mok.pub', signer.der);
      const bytes = readFileSync(path);
      bytes[bytes.indexOf('printk')] = 0x51;
      writeFileSync(path, bytes);
      const certificate = '/var/lib/dkms/mok.pub';
      const found = await file();
      expect(found?.signature?.checked).toBe('broken');
      expect(found?.findings).toContainEqual({ code: 'signature-broken', certificate });
    });

    it('of another key with the same certificate number is not taken for the own one', async () => {
      const { scratch, file } = await makeSigned();
      scratch.write('var/lib/dkms/mok.pub', (await makeSigner(scratch, 'other')).der);
      expect((await file())?.signature?.checked).toBe('unknown');
    });

    it.each([
      { what: 'that is no CMS', spoil: (bytes: Uint8Array) => signed(bytes, Buffer.from('12345')) },
      { what: 'of another kind', spoil: (bytes: Uint8Array) => signed(bytes, cmsOf('x'), 1) },
      { what: 'longer than the file', spoil: (bytes: Uint8Array) => tooLong(signed(bytes)) },
    ])('$what is damaged, and not one that is missing', async ({ spoil }) => {
      const { path, file, scratch } = await makeSigned();
      scratch.write(`${tree}/.config`, 'CONFIG_MODULES=y\nCONFIG_MODULE_SIG_FORCE=y\n');
      writeFileSync(path, spoil(writeModule(good)));
      const codes = (await file())?.findings.map(({ code }) => code);
      expect(codes).toContain('signature-damaged');
      expect(codes).not.toContain('signature-missing');
    });
  });

  it('compares with the modules of the kernel itself', async () => {
    const { install, index, findings, scratch } = makeSite();
    const own = (flags: string, intree: object) =>
      writeModule({ modinfo: { vermagic: `${release} ${flags}`, ...intree } });
    scratch.write(
      `lib/modules/${release}/modules.order`,
      'kernel/fs/gone.ko\nkernel/fs/odd.ko\nkernel/fs/ext4.ko\n',
    );
    scratch.write(`lib/modules/${release}/kernel/fs/odd.ko`, own('UP ', {}));
    scratch.write(
      `lib/modules/${release}/kernel/fs/ext4.ko`,
      own('SMP preempt mod_unload modversions ', { intree: 'Y' }),
    );
    await install('foo', good);
    index('foo');
    expect((await findings())['foo']).toEqual([
      {
        code: 'other-vermagic',
        found: vermagic.trim(),
        expected: `${release} SMP preempt mod_unload modversions`,
      },
    ]);
  });

  it.each([
    { what: 'kernel', modinfo: { vermagic: '5.0 SMP ' }, expected: { code: 'other-release', found: '5.0' } },
    { what: 'machine', layout: { wide: true, littleEndian: false }, expected: { code: 'other-machine' } },
  ])('tells a module of another $what', async ({ expected, what: _, ...parts }) => {
    const { install, index, findings, scratch } = makeSite();
    scratch.write(`${tree}/.config`, 'CONFIG_PPC64=y\nCONFIG_CPU_LITTLE_ENDIAN=y\n');
    await install('foo', { ...good, ...parts });
    index('foo');
    expect((await findings())['foo']).toEqual([expected]);
  });

  it('looks at what modules give to each other, also when only one is asked for', async () => {
    const { install, index, layout } = makeSite();
    const uses = (crc: number): ModuleParts => ({
      modinfo: { vermagic, depends: 'base-mod' },
      imports: ['theirs'],
      versions: { theirs: crc },
    });
    await install('base-mod', { ...good, exports: { theirs: 5 } });
    await install('foo', uses(5));
    index('foo', 'base-mod');
    const verify = async (asked: readonly string[]) => {
      const distribution = await readDistribution(layout);
      const isWanted = ({ module }: { module: { name: string } }) => asked.includes(module.name);
      const { files } = await verifyInstalled(layout, { distribution, isWanted });
      return files.flatMap((file) => file.findings);
    };
    expect(await verify(['foo'])).toEqual([]);
    expect(await verify(['foo', 'base-mod'])).toEqual([]);
    await install('bar', uses(6));
    index('foo', 'bar', 'base-mod');
    const clash = { code: 'symbol-versions', symbols: [{ name: 'theirs', wanted: 6, found: 5 }] };
    expect(await verify(['bar'])).toMatchObject([{ ...clash, symbols: [{ by: 'base_mod' }] }]);
    expect(await verify(['bar', 'base-mod'])).toMatchObject([{ ...clash, symbols: [{ by: 'base-mod' }] }]);
  });

  it('says so when it does not know the symbols of the kernel', async () => {
    const { install, index, verify, scratch } = makeSite();
    await install('foo', { ...good, versions: { printk: 9 } });
    index('foo');
    scratch.write(`${tree}/include/generated/utsrelease.h`, '#define UTS_RELEASE "5.0"\n');
    expect(await verify()).toMatchObject({ kernels: [{ symbols: 'unknown' }], files: [{ findings: [] }] });
  });

  it('tells that modprobe does not find a file', async () => {
    const { install, findings, scratch, index } = makeSite();
    await install('foo', good);
    index();
    expect((await findings())['foo']).toEqual([{ code: 'not-indexed' }]);
    rmSync(`${scratch.path}/boot/vmlinuz-${release}`);
    // Nothing is left of the kernel that would load it.
    expect((await findings())['foo']).toEqual([]);
  });

  it('knows what dkms itself has installed', async () => {
    const { install, findings, scratch, index } = makeSite();
    await install('foo', good);
    index('foo');
    rmSync(`${scratch.path}/var/lib/dkms/foo/1.0/${release}/${arch}/manifest.json`);
    expect((await findings())['foo']).toEqual([]);
    rmSync(`${scratch.path}/lib/modules/${release}/updates`, { recursive: true });
    expect((await findings())['foo']).toEqual([{ code: 'nothing-there' }]);
    rmSync(`${scratch.path}/lib/modules`, { recursive: true });
    expect(await findings()).toEqual({});
  });

  it('takes either file of an install that was cut short', async () => {
    const { install, findings, layout, index, place, scratch } = makeSite();
    const bytes = await install('foo', good);
    index('foo');
    const file = { path: `/${place('foo')}`, size: bytes.length, sha256: sha256(bytes) };
    const other = { ...file, sha256: sha256(readFileSync(`${scratch.path}/etc/os-release`)) };
    const at = { module: { name: 'foo', version: '1.0' }, release, arch };
    await writeManifest(layout, at, { version: 1, build: 0, files: [other, file] });
    expect((await findings())['foo']).toEqual([]);
  });

  it('has nothing to say where nothing is installed', async () => {
    expect(await makeSite().verify()).toEqual({ kernels: [], files: [] });
  });
});
