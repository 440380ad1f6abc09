import fc from 'fast-check';
import { confText, script, source } from './fixtures.ts';
import type { Files, Scenario } from './scenario.ts';

/** Scenarios out of a grammar of confs and command lines; the same ones for the same seed. */
export function generate(count: number, seed: number): Scenario[] {
  return fc.sample(scenario, { numRuns: count, seed }).map((made, index) => ({
    ...made,
    name: `generated ${seed}/${index + 1}`,
  }));
}

type Directives = Record<string, string | undefined>;

const pattern = fc.constantFrom('^6', '^5', '-rt-', 'amd64$', '[0-9]+[.]12', '', 'deb13');
const yesOrNo = fc.constantFrom('yes', 'no', 'YES', 'No', '', 'maybe');
const bound = fc.constantFrom('5.10', '6.12', '6.12.117', '6.13', '7', '6.2');
const place = fc.constantFrom(
  '/kernel/drivers/misc',
  '/extra',
  '/updates',
  '/updates/sub',
  '/kernel',
  'nowhere',
);
const word = fc.constantFrom('make fast', 'make fast A=1', "make fast Q='a b'", 'make fast && true', 'false');

const rarely = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const scripts = ['PRE_BUILD', 'POST_BUILD', 'PRE_INSTALL', 'POST_INSTALL', 'POST_ADD', 'POST_REMOVE'];

const directives: fc.Arbitrary<Directives> = fc
  .record({
    'MAKE[0]': word,
    'MAKE[1]': word,
    'MAKE_MATCH[0]': pattern,
    'MAKE_MATCH[1]': pattern,
    'DEST_MODULE_LOCATION[0]': place,
    'DEST_MODULE_NAME[0]': fc.constantFrom('renamed', 'twin', 'bad.ko', 'a-b'),
    'STRIP[0]': fc.constantFrom('yes', 'no', 'x', ''),
    AUTOINSTALL: yesOrNo,
    BUILD_EXCLUSIVE_KERNEL: pattern,
    BUILD_EXCLUSIVE_ARCH: fc.constantFrom('x86_64', 'arm', '86'),
    BUILD_EXCLUSIVE_KERNEL_MIN: bound,
    BUILD_EXCLUSIVE_KERNEL_MAX: bound,
    BUILD_EXCLUSIVE_CONFIG: fc.constantFrom('CONFIG_MODULES', '!CONFIG_MODULES', 'CONFIG_NO_SUCH'),
    'BUILD_DEPENDS[0]': fc.constantFrom('other', 'twin'),
    OBSOLETE_BY: bound,
    'PATCH[0]': fc.constantFrom('none.patch', 'new.patch'),
    'PATCH_MATCH[0]': pattern,
    ...Object.fromEntries(
      scripts.map((name) => [name, fc.constantFrom('good.sh', 'bad.sh', 'good.sh a b', 'none.sh')]),
    ),
  })
  // A few at a time: one odd directive hides what the others do.
  .chain((all) => fc.subarray(Object.keys(all), { maxLength: 5 }).map((names) => pick(all, names)));

function pick(all: Directives, names: readonly string[]): Directives {
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

const sourceFiles: Files = {
  'good.sh': script(),
  'bad.sh': script(5),
  'patches/new.patch': '--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+line\n',
};

const files: fc.Arbitrary<Files> = fc
  .record({
    first: directives,
    second: directives,
    other: directives,
    override: rarely(directives),
    inTree: rarely(fc.constantFrom('twin_0_9', 'twin_1_0', 'twin_1_1', 'twin_2_0', 'twin_none')),
    off: rarely(fc.constant('/etc/dkms/no-autoinstall')),
  })
  .map(({ first, second, other, override, inTree, off }) => ({
    ...source({ conf: first, files: sourceFiles }),
    ...source({ version: '2.0', objects: { twin: 'twin_2_0' }, conf: second, files: sourceFiles }),
    ...source({ name: 'other', conf: other, files: sourceFiles }),
    ...(override && { '/etc/dkms/twin.conf': confText(override) }),
    ...(inTree !== undefined && {
      '/lib/modules/{K}/kernel/drivers/misc/twin.ko': { copy: `/opt/twins/modules/{K}/${inTree}.ko` },
    }),
    ...(off !== undefined && { [off]: '' }),
  }));

const module = fc.constantFrom('twin/1.0', 'twin/2.0', 'other/1.0', 'twin/1.0', '-m twin -v 1.0');
const kernel = fc.constantFrom('-k {K}', '-k {R}', '-k {K}', '--kernelver {K}', '-k {K}/x86_64');
const all = fc.oneof({ weight: 2, arbitrary: kernel }, { weight: 1, arbitrary: fc.constant('--all') });
const extra = fc.constantFrom('', '', '', '--force', '--no-depmod', '-q', '-j 3', '--force-version-override');

const line = fc.oneof(
  words(fc.constant('dkms add'), module, fc.constantFrom('', '', '--force')),
  words(fc.constantFrom('dkms build', 'dkms install', 'dkms install'), module, kernel, extra),
  words(fc.constantFrom('dkms uninstall', 'dkms unbuild', 'dkms remove'), module, all, extra),
  words(fc.constant('dkms autoinstall'), kernel, extra),
  words(fc.constant('dkms status'), fc.constantFrom('', 'twin', '-k {K}', "'*/1.0'", '-a x86_64')),
);

function words(...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((made) => made.filter((part) => part !== '').join(' '));
}

const scenario = fc.record({
  files,
  steps: fc.array(line, { minLength: 3, maxLength: 7, size: 'max' }),
});
