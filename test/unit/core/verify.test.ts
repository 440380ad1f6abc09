import { describe, expect, it } from 'vitest';
import { readFramework } from '../../../src/config/framework.ts';
import { survey } from '../../../src/core/facts.ts';
import { readSymbolTable } from '../../../src/core/verify/kernel-symbols.ts';
import { isParsed, parseObject } from '../../../src/core/verify/module-needs.ts';
import { verifyBuilt } from '../../../src/core/verify/verify.ts';
import type { KmodsmithError } from '../../../src/errors.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import type { ScratchFolder } from '../../support/scratch-folder.ts';
import { type ModuleParts, writeModule } from '../formats/module-specimens.ts';
import { build } from './building.ts';
import { arch, makeMachine, release, tree } from './machine.ts';

const modinfo = { vermagic: `${release} SMP mod_unload modversions ` };
const symvers = [
  '0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n',
  '0x00000002\tusb\tdrivers/usb/core/usbcore\tEXPORT_SYMBOL\t\n',
].join('');

interface Verifying {
  readonly objects: Readonly<Record<string, ModuleParts | Uint8Array>>;
  readonly conf?: string;
  readonly prepare?: (scratch: ScratchFolder) => void;
}

/** What becomes of foo/1.0 when make has made these modules. */
async function verify({ objects, conf = '', prepare }: Verifying): Promise<KmodsmithError | undefined> {
  const { scratch, layout, module } = makeMachine();
  scratch.write(`${tree}/Module.symvers`, symvers);
  scratch.write(
    'usr/src/foo-1.0/dkms.conf',
    `PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\n${conf}`,
  );
  prepare?.(scratch);
  const site = (await survey(readerOf(layout), everything)).site(module, release);
  if (site === undefined) throw new Error('the conf of the test is broken');
  const settings = {
    framework: await readFramework(scratch.path),
    environment: {},
    verification: 'strict' as const,
    keepFailed: false,
    signing: { sign: false as const, because: 'it is a test' },
    onWarning: () => undefined,
  };
  const kernel = { release, arch };
  const request = { layout, module, kernel, origin: 'manual' as const, settings, ...site };
  const parsed = Object.entries(objects).map(([name, parts]) => {
    const bytes = parts instanceof Uint8Array ? parts : writeModule({ modinfo, ...parts });
    return parseObject({ name, bytes }) ?? { name, bytes };
  });
  const table = await readSymbolTable(site.tree, parsed.filter(isParsed));
  return verifyBuilt(request, { objects: parsed, table }).then(
    () => undefined,
    (error: KmodsmithError) => error,
  );
}

const good: ModuleParts = { imports: ['printk', 'usb'], versions: { printk: 1, usb: 2 } };
const dependent: ModuleParts = {
  modinfo: { ...modinfo, depends: 'bar-core' },
  imports: ['theirs'],
  versions: { theirs: 5 },
};
/** What counts as missing unless somebody is found who has it. */
const unversioned: ModuleParts = { ...dependent, versions: {} };
const offering = (crc: number) => writeModule({ modinfo, exports: { theirs: crc } });

/** bar/1.0 with bar_core.ko. */
function addBar(scratch: ScratchFolder, crc: number, state: 'installed' | 'built', version = '1.0'): void {
  scratch.write(`var/lib/dkms/bar/${version}/${release}/${arch}/module/bar_core.ko`, offering(crc));
  if (state === 'installed')
    scratch.link(`${version}/${release}/${arch}`, `var/lib/dkms/bar/kernel-${release}-${arch}`);
}

describe('verifyBuilt', () => {
  it.each<{ what: string } & Verifying>([
    { what: 'all that it needs', objects: { foo: good } },
    {
      what: 'what another of its own modules has',
      objects: { foo: unversioned, bar_core: { exports: { theirs: 5 } } },
    },
    {
      what: 'what a module of its own has that is not listed',
      objects: { foo: unversioned },
      prepare: ({ write }) =>
        write('var/lib/dkms/foo/1.0/build/Module.symvers', '0x5\ttheirs\t/x/bar\tEXPORT_SYMBOL\t\n'),
    },
    {
      what: 'what a module has that BUILD_DEPENDS names',
      objects: { foo: { ...unversioned, modinfo } },
      conf: 'BUILD_DEPENDS=bar\n',
      prepare: (scratch) => addBar(scratch, 5, 'installed'),
    },
    {
      what: 'what a module has that nobody names, and that is not installed yet',
      objects: { foo: unversioned },
      prepare: (scratch) => addBar(scratch, 5, 'built'),
    },
    {
      what: 'what any module has that depmod knows',
      objects: { foo: { imports: ['theirs'], versions: {} } },
      prepare: ({ write }) => {
        write(`lib/modules/${release}/modules.symbols`, 'alias symbol:theirs bar_core\n');
        write(`lib/modules/${release}/modules.dep`, 'extra/bar-core.ko:\n');
        write(`lib/modules/${release}/extra/bar-core.ko`, offering(9));
      },
    },
    { what: 'what modpost has found somewhere else', objects: { foo: dependent } },
    {
      what: 'what modpost has found somewhere else, without versions',
      objects: { foo: { imports: ['theirs', 'usb'], modinfo: { ...modinfo, depends: 'usbcore,bar' } } },
    },
  ])('takes a module that finds $what', async (verifying) => {
    expect(await verify(verifying)).toBeUndefined();
  });

  it.each<{ what: string; says: string; advises: string } & Verifying>([
    {
      what: 'another version of a symbol',
      objects: { foo: { ...good, versions: { printk: 1, usb: 9 } } },
      says: 'foo.ko needs other versions of symbols than there are, so the kernel would refuse it: usb (it wants 0x00000009, the kernel has 0x00000002)',
      advises: "It was built against another kernel's headers",
    },
    {
      what: 'a symbol that nobody has',
      objects: { ok: good, foo: { imports: ['printk', 'gone'], versions: { printk: 1 } } },
      says: 'foo.ko needs symbols that neither the kernel nor a module known here exports, so the kernel would refuse it: gone',
      advises: 'BUILD_DEPENDS',
    },
    {
      what: 'a symbol that nobody has, in a kernel without versions',
      objects: { foo: { imports: ['usb', 'gone'], modinfo: { ...modinfo, depends: 'usbcore' } } },
      says: ': gone',
      advises: 'BUILD_DEPENDS',
    },
    {
      what: 'another version of a symbol of what BUILD_DEPENDS names',
      objects: { foo: dependent },
      conf: 'BUILD_DEPENDS=bar\n',
      prepare: (scratch) => {
        addBar(scratch, 6, 'installed', '2.0');
        addBar(scratch, 5, 'built', '1.0');
      },
      says: 'theirs (it wants 0x00000005, bar_core.ko has 0x00000006)',
      advises: 'KBUILD_EXTRA_SYMBOLS',
    },
    {
      what: 'an older build of its own',
      objects: { foo: { imports: ['theirs'], versions: {} }, bar_core: {} },
      prepare: ({ write }) => {
        write(`lib/modules/${release}/modules.symbols`, 'alias symbol:theirs bar_core\n');
        write(`lib/modules/${release}/modules.dep`, 'extra/bar-core.ko:\n');
        write(`lib/modules/${release}/extra/bar-core.ko`, offering(9));
      },
      says: ': theirs',
      advises: 'BUILD_DEPENDS',
    },
    {
      what: 'no kernel',
      objects: { foo: { modinfo: {} } },
      says: 'foo.ko has no vermagic',
      advises: 'uname -r',
    },
    {
      what: 'nothing, being cut off',
      objects: { foo: writeModule({ ...good, modinfo }).subarray(0, 200) },
      says: 'foo.ko has no vermagic',
      advises: 'uname -r',
    },
    {
      what: 'another machine',
      objects: { foo: good },
      prepare: ({ write }) => write(`${tree}/.config`, 'CONFIG_X86_64=y\n'),
      says: 'foo.ko was made for another kind of machine',
      advises: 'another machine',
    },
  ])('refuses a module that finds $what', async ({ says, advises, what: _, ...verifying }) => {
    const error = await verify(verifying);
    expect(error?.code).toBe('VERIFY_FAILED');
    expect(error?.message).toMatch(new RegExp(`^foo 1\\.0 for ${release}: `));
    expect(error?.message).toContain(says);
    expect(error?.hint).toContain(advises);
  });
});

it.each(['strict', 'lenient'] as const)('%s verification of a whole build', async (verification) => {
  const { error, warnings } = await build({
    settings: { verification },
    prepare: ({ write }) => {
      write(`${tree}/Module.symvers`, symvers);
      write('usr/src/foo-1.0/foo.c', 'int gone(void);\nint foo(void) { return gone(); }\n');
    },
  });
  // dkms does not look at symbols.
  expect(error?.code).toBe(verification === 'strict' ? 'VERIFY_FAILED' : undefined);
  expect(warnings).toEqual([]);
});
