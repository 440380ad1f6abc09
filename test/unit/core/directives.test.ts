import { describe, expect, it } from 'vitest';
import { readDirectives } from '../../../src/core/conf/directives.ts';
import { type ExclusionSubject, selectBuildable } from '../../../src/core/conf/exclusions.ts';
import { matchesPattern } from '../../../src/core/conf/pattern.ts';

const kernel = '6.12.1-amd64';

type Written = Record<string, string | Record<number, string>>;

/** A sound conf with one module, and what is written over it; a string is the value at [0]. */
function read(written: Written = {}) {
  const base: Written = { PACKAGE_NAME: 'foo', PACKAGE_VERSION: '1.0', DEST_MODULE_LOCATION: '/updates' };
  const values = Object.entries({ ...base, ...written }).map(([name, value]) => [
    name,
    typeof value === 'string' ? { 0: value } : value,
  ]);
  return readDirectives(Object.fromEntries(values), kernel);
}

describe('names', () => {
  it.each(['foo', 'foo-dkms', '1.0~rc1+b2', '2:1.0', 'a_b', 'v1-2'])('%s is one', (name) => {
    const { errors, unfit } = read({ PACKAGE_NAME: name, PACKAGE_VERSION: name });
    expect({ errors, unfit }).toEqual({ errors: [], unfit: [] });
  });

  it.each(['../foo', '..', '.hidden', 'a/b', 'a b', 'a\nb', '-rf', 'a;b', '$(id)', 'x'.repeat(256)])(
    '%j is none',
    (name) => {
      const { errors, unfit } = read({ PACKAGE_NAME: name, PACKAGE_VERSION: name, BUILT_MODULE_NAME: 'foo' });
      expect({ errors, unfit }).toEqual({
        errors: [],
        unfit: [
          `PACKAGE_NAME='${name}' cannot name a folder`,
          `PACKAGE_VERSION='${name}' cannot name a folder`,
        ],
      });
    },
  );
});

it('finds all errors at once', () => {
  const { errors, duplicates, unclear } = read({
    PACKAGE_NAME: '',
    PACKAGE_VERSION: '',
    AUTOINSTALL: 'maybe',
    BUILT_MODULE_NAME: { 0: 'a.ko', 2: 'x/y' },
    BUILT_MODULE_LOCATION: { 0: '../up' },
    DEST_MODULE_NAME: { 0: 'b.o', 2: 'same', 3: 'same' },
    DEST_MODULE_LOCATION: { 0: '/kernel/../..', 2: '/lib', 3: '/extra' },
  });
  expect(errors).toEqual([
    "BUILT_MODULE_NAME[0] ends in .o or .ko: 'a.ko'",
    "DEST_MODULE_NAME[0] ends in .o or .ko: 'b.o'",
    "BUILT_MODULE_LOCATION[0] leaves the build folder: '../up'",
    "DEST_MODULE_LOCATION[0] leaves the kernel's folder: '/kernel/../..'",
    'BUILT_MODULE_NAME[1] is missing',
    'DEST_MODULE_LOCATION[1] is missing',
    "BUILT_MODULE_NAME[2] holds a slash: 'x/y'",
    "DEST_MODULE_LOCATION[2] does not begin with /kernel, /updates or /extra: '/lib'",
    'BUILT_MODULE_NAME[3] is missing',
    'there is no PACKAGE_NAME',
    'there is no PACKAGE_VERSION',
  ]);
  expect(duplicates).toEqual(["DEST_MODULE_NAME[3] is used twice: 'same'"]);
  expect(unclear).toEqual(["AUTOINSTALL='maybe' is neither yes nor no and counts as no"]);
});

it('a way up that stays inside leaves nothing: a real package says so', () => {
  const { errors } = read({
    PACKAGE_NAME: 'a',
    PACKAGE_VERSION: '1',
    BUILT_MODULE_LOCATION: 'x/./../y',
    DEST_MODULE_LOCATION: '/kernel/../misc/',
  });
  expect(errors).toEqual([]);
});

it('modules of one name in different folders are two, installed under one name they are not', () => {
  const locations = {
    BUILT_MODULE_LOCATION: { 0: 'a', 1: 'b/' },
    DEST_MODULE_LOCATION: { 0: '/extra', 1: '/extra' },
  };
  const names = { BUILT_MODULE_NAME: { 0: 'x', 1: 'x' }, ...locations };
  expect(read(names).duplicates).toEqual(["DEST_MODULE_NAME[1] is used twice: 'x'"]);
  expect(read({ ...names, DEST_MODULE_NAME: { 1: 'y' } }).duplicates).toEqual([]);
  const twice = { ...names, BUILT_MODULE_LOCATION: { 0: 'a', 1: 'a/' }, DEST_MODULE_NAME: { 1: 'y' } };
  expect(read(twice).duplicates).toEqual(["BUILT_MODULE_NAME[1] is used twice: 'a/x'"]);
});

it('does not make a million modules out of one index', () => {
  expect(read({ DEST_MODULE_LOCATION: { 999999: '/updates' } }).errors).toEqual([
    '1000000 modules in one package',
  ]);
});

it.each([
  { value: 'yes', on: true },
  { value: 'YES', on: true },
  { value: 'Yes', on: true },
  { value: 'no', on: false },
  { value: 'NO', on: false },
  { value: '', on: false },
])('AUTOINSTALL=$value is $on', ({ value, on }) => {
  const { conf, errors } = read({ AUTOINSTALL: value });
  expect({ on: conf.autoinstall, errors }).toEqual({ on, errors: [] });
});

it.each(['y', 'true', '1', 'yess', ' yes'])('%j is neither yes nor no, off, and reported', (value) => {
  const { conf, errors, unclear } = read({
    AUTOINSTALL: value,
    BUILD_DEPENDS_REBUILD: value,
    NO_WEAK_MODULES: value,
  });
  const { autoinstall, rebuildsWithDependencies, noWeakModules } = conf;
  expect({ autoinstall, rebuildsWithDependencies, noWeakModules, errors }).toEqual({
    autoinstall: false,
    rebuildsWithDependencies: false,
    noWeakModules: false,
    errors: [],
  });
  expect(unclear).toEqual(
    ['AUTOINSTALL', 'BUILD_DEPENDS_REBUILD', 'NO_WEAK_MODULES'].map(
      (name) => `${name}='${value}' is neither yes nor no and counts as no`,
    ),
  );
});

describe('modules', () => {
  it('one without a name is called as the package', () => {
    expect(read().conf.objects).toEqual([
      { index: 0, built: 'foo', name: 'foo', destination: '/updates', strip: true },
    ]);
  });

  it('none is fine', () =>
    expect(readDirectives({ PACKAGE_NAME: { 0: 'a' }, PACKAGE_VERSION: { 0: '1' } }, kernel)).toMatchObject({
      conf: { objects: [] },
      errors: [],
    }));

  it('have a place in the build folder and a name of their own', () => {
    const { conf } = read({
      BUILT_MODULE_NAME: { 0: 'spl', 1: 'zfs' },
      BUILT_MODULE_LOCATION: { 0: 'module/', 1: 'module//' },
      DEST_MODULE_NAME: { 1: 'zfs_new' },
      DEST_MODULE_LOCATION: { 0: '/extra', 1: '/kernel/fs' },
    });
    expect(conf.objects).toEqual([
      { index: 0, built: 'module/spl', name: 'spl', destination: '/extra', strip: true },
      { index: 1, built: 'module/zfs', name: 'zfs_new', destination: '/kernel/fs', strip: true },
    ]);
  });

  it.each<{ strip: Record<number, string>; expected: boolean[] }>([
    { strip: {}, expected: [true, true] },
    { strip: { 0: 'no' }, expected: [false, false] },
    { strip: { 0: 'No', 1: 'yes' }, expected: [false, true] },
    { strip: { 1: 'n' }, expected: [true, false] },
    { strip: { 0: 'anything' }, expected: [true, true] },
  ])('STRIP $strip', ({ strip, expected }) => {
    const { conf } = read({
      BUILT_MODULE_NAME: { 0: 'a', 1: 'b' },
      DEST_MODULE_LOCATION: { 0: '/extra', 1: '/extra' },
      STRIP: strip,
    });
    expect(conf.objects.map((object) => object.strip)).toEqual(expected);
  });
});

describe('MAKE', () => {
  it.each<{ make: Record<number, string>; match?: Record<number, string>; selected: string | undefined }>([
    { make: {}, selected: undefined },
    { make: { 0: '' }, selected: undefined },
    { make: { 0: 'make all' }, selected: 'make all' },
    { make: { 0: 'a', 1: 'b' }, selected: 'a' },
    { make: { 0: 'a', 1: 'b' }, match: { 1: '^6\\.' }, selected: 'b' },
    { make: { 0: 'a', 1: 'b' }, match: { 1: '^5\\.' }, selected: 'a' },
    { make: { 0: 'a' }, match: { 0: '^5\\.' }, selected: undefined },
    { make: { 0: 'a', 1: 'b' }, match: { 0: '^5\\.', 1: '[[:digit:]]+-amd64$' }, selected: 'b' },
    { make: { 0: 'a', 1: 'b', 5: 'c' }, match: { 1: '6', 5: '12' }, selected: 'c' },
    { make: { 0: 'a' }, match: { 3: '6' }, selected: 'a' },
    { make: { 0: 'a', 1: 'b' }, match: { 1: '(' }, selected: 'a' },
  ])('$make $match', ({ make, match = {}, selected }) => {
    expect(read({ MAKE: make, MAKE_MATCH: match }).conf.make).toBe(selected);
  });
});

describe('PATCH', () => {
  it.each<{ patch: Record<number, string>; match?: Record<number, string>; selected: string[] }>([
    { patch: {}, selected: [] },
    { patch: { 0: 'a', 1: 'b' }, selected: ['a', 'b'] },
    { patch: { 7: 'c', 2: 'b', 0: '' }, selected: ['b', 'c'] },
    { patch: { 0: 'a', 1: 'b' }, match: { 0: '^5', 1: '^6' }, selected: ['b'] },
    { patch: { 0: 'a', 5: 'b' }, match: { 0: '', 5: '^5' }, selected: ['a'] },
    { patch: { 0: 'a' }, match: { 0: '(' }, selected: [] },
    { patch: { 0: 'a' }, match: { 3: '^5' }, selected: ['a'] },
  ])('$patch $match', ({ patch, match = {}, selected }) => {
    expect(read({ PATCH: patch, PATCH_MATCH: match }).conf.patches).toEqual(selected);
  });
});

it('reads scripts, dependencies and switches', () => {
  const { conf, errors } = read({
    PRE_BUILD: 'x.sh $kernelver',
    POST_ADD: ' ',
    POST_REMOVE: { 1: 'ignored' },
    BUILD_DEPENDS: { 0: 'spl  zfs', 3: ' other ', 4: '' },
    BUILD_DEPENDS_REBUILD: 'Yes',
    NO_WEAK_MODULES: 'yes',
  });
  expect(errors).toEqual([]);
  expect(conf).toMatchObject({
    scripts: { PRE_BUILD: 'x.sh $kernelver' },
    depends: ['spl', 'zfs', 'other'],
    rebuildsWithDependencies: true,
    noWeakModules: true,
  });
  expect(Object.keys(conf.scripts)).toEqual(['PRE_BUILD']);
});

describe('deprecated directives', () => {
  it.each<{ written: Written; warnings: string[] }>([
    { written: {}, warnings: [] },
    { written: { REMAKE_INITRD: '' }, warnings: [] },
    { written: { REMAKE_INITRD: 'no' }, warnings: ['REMAKE_INITRD is deprecated and has no effect'] },
    { written: { MODULES_CONF: { 2: 'alias' } }, warnings: ['MODULES_CONF is deprecated and has no effect'] },
    { written: { CLEAN: 'make clean' }, warnings: ['CLEAN is deprecated and has no effect'] },
    { written: { CLEAN: 'true' }, warnings: [] },
    { written: { CLEAN: '/bin/true' }, warnings: [] },
    { written: { CLEAN: '/usr/bin/true' }, warnings: [] },
    {
      written: { OBSOLETE_BY: '6.0' },
      warnings: ['OBSOLETE_BY is deprecated, use BUILD_EXCLUSIVE_KERNEL_MAX'],
    },
  ])('$written', ({ written, warnings }) => {
    const { conf, errors } = read(written);
    expect({ warnings: conf.warnings, errors }).toEqual({ warnings, errors: [] });
  });
});

it.each([
  { pattern: '^[[:digit:]]+\\.[[:digit:]]+', text: '6.12', expected: true },
  { pattern: '^[^[:space:][:upper:]]+$', text: 'abc-1', expected: true },
  { pattern: '^[^[:space:][:upper:]]+$', text: 'aBc', expected: false },
  { pattern: '^[[:punct:]]+$', text: '~^|]-/!', expected: true },
  { pattern: '(5\\.4|6\\..*)', text: '6.12', expected: true },
  { pattern: '*', text: 'x', expected: false },
])('$pattern in $text: $expected', ({ pattern, text, expected }) => {
  expect(matchesPattern(pattern, text)).toBe(expected);
});

describe('exclusions', () => {
  const id = { release: kernel, arch: 'x86_64' };
  const config = new Map([
    ['CONFIG_MODULES', 'y'],
    ['CONFIG_DRM', 'm'],
    ['CONFIG_HZ', '250'],
  ]);

  it.each<{ written: Written; why: string | undefined }>([
    { written: {}, why: undefined },
    { written: { BUILD_EXCLUSIVE_KERNEL: '^6' }, why: undefined },
    { written: { BUILD_EXCLUSIVE_KERNEL: '^5' }, why: 'BUILD_EXCLUSIVE_KERNEL is ^5' },
    { written: { BUILD_EXCLUSIVE_ARCH: 'arm64|x86_64' }, why: undefined },
    { written: { BUILD_EXCLUSIVE_ARCH: 'arm64' }, why: 'BUILD_EXCLUSIVE_ARCH is arm64' },
    { written: { BUILD_EXCLUSIVE_KERNEL_MIN: '6.12' }, why: undefined },
    { written: { BUILD_EXCLUSIVE_KERNEL_MIN: '6.13' }, why: 'BUILD_EXCLUSIVE_KERNEL_MIN is 6.13' },
    { written: { BUILD_EXCLUSIVE_KERNEL_MAX: '6.13' }, why: undefined },
    { written: { BUILD_EXCLUSIVE_KERNEL_MAX: '6.12' }, why: 'BUILD_EXCLUSIVE_KERNEL_MAX is 6.12' },
    { written: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_DRM  CONFIG_MODULES !CONFIG_X' }, why: undefined },
    {
      written: { BUILD_EXCLUSIVE_CONFIG: '!CONFIG_DRM' },
      why: 'BUILD_EXCLUSIVE_CONFIG asks for !CONFIG_DRM',
    },
    {
      written: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_D.* CONFIG_(X|DRM) !CONFIG_D !CONFIG_.*Z' },
      why: undefined,
    },
    {
      written: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_H.' },
      why: 'BUILD_EXCLUSIVE_CONFIG asks for CONFIG_H.',
    },
    { written: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_HZ' }, why: 'BUILD_EXCLUSIVE_CONFIG asks for CONFIG_HZ' },
  ])('$written: $why', ({ written, why }) => {
    expect(buildable(written, { ...id, config })).toEqual(why === undefined ? ['foo'] : why);
  });

  it('say nothing of the config before it is known', () => {
    expect(buildable({ BUILD_EXCLUSIVE_CONFIG: 'CONFIG_X' }, id)).toEqual(['foo']);
  });

  const three: Written = {
    BUILT_MODULE_NAME: { 0: 'a', 1: 'b', 2: 'c' },
    DEST_MODULE_LOCATION: { 0: '/extra', 1: '/extra', 2: '/extra' },
  };

  it.each<{ what: string; written: Written; expected: string[] | string }>([
    { what: 'none', written: {}, expected: ['a', 'b', 'c'] },
    {
      what: '[0] for all modules',
      written: { BUILD_EXCLUSIVE_KERNEL: '^5' },
      expected: 'BUILD_EXCLUSIVE_KERNEL is ^5',
    },
    {
      what: '[0] for all modules, whatever the others say',
      written: { BUILD_EXCLUSIVE_KERNEL: { 0: '^5', 1: '^6' } },
      expected: 'BUILD_EXCLUSIVE_KERNEL is ^5',
    },
    {
      what: '[1] for one module',
      written: { BUILD_EXCLUSIVE_KERNEL: { 1: '^5' } },
      expected: ['a', 'c'],
    },
    {
      what: '[0] and [1] together',
      written: { BUILD_EXCLUSIVE_KERNEL: { 0: '^6', 1: '12', 2: '13' } },
      expected: ['a', 'b'],
    },
    {
      what: 'each directive by itself',
      written: {
        BUILD_EXCLUSIVE_ARCH: { 1: 'arm' },
        BUILD_EXCLUSIVE_CONFIG: { 2: 'CONFIG_NONE' },
        BUILD_EXCLUSIVE_KERNEL_MIN: { 0: '6.0' },
      },
      expected: ['a'],
    },
    {
      what: 'an index without a module',
      written: { BUILD_EXCLUSIVE_KERNEL: { 9: '^5' } },
      expected: ['a', 'b', 'c'],
    },
    {
      what: 'every module by its own',
      written: { BUILD_EXCLUSIVE_KERNEL_MAX: { 0: '6.1', 1: '6.0', 2: '6.0' } },
      expected: 'BUILD_EXCLUSIVE_KERNEL_MAX is 6.1',
    },
    {
      what: 'OBSOLETE_BY as an upper bound',
      written: { OBSOLETE_BY: '6.11' },
      expected: 'BUILD_EXCLUSIVE_KERNEL_MAX is 6.11',
    },
    {
      what: 'OBSOLETE_BY not beside a bound of its own',
      written: { OBSOLETE_BY: '6.11', BUILD_EXCLUSIVE_KERNEL_MAX: { 2: '6.13' } },
      expected: ['a', 'b', 'c'],
    },
  ])('of a package of three: $what', ({ written, expected }) => {
    expect(buildable({ ...three, ...written }, { ...id, config })).toEqual(expected);
  });

  it('hold for a package without modules', () => {
    const values = {
      PACKAGE_NAME: { 0: 'a' },
      PACKAGE_VERSION: { 0: '1' },
      BUILD_EXCLUSIVE_ARCH: { 0: 'arm' },
    };
    const { objects, exclusions } = readDirectives(values, kernel).conf;
    expect(selectBuildable(objects, exclusions, id)).toEqual({
      objects: [],
      excluded: 'BUILD_EXCLUSIVE_ARCH is arm',
    });
    expect(selectBuildable(objects, {}, id)).toEqual({ objects: [] });
  });

  /** The names of the modules that are for the kernel, or why none is. */
  function buildable(written: Written, subject: ExclusionSubject): string[] | string {
    const { objects, exclusions } = read(written).conf;
    const found = selectBuildable(objects, exclusions, subject);
    return found.excluded ?? found.objects.map(({ name }) => name);
  }
});
