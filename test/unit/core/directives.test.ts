import { describe, expect, it } from 'vitest';
import { readDirectives } from '../../../src/core/directives.ts';
import { findExclusion } from '../../../src/core/exclusions.ts';
import { matchesPattern } from '../../../src/core/pattern.ts';

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
    expect(read({ PACKAGE_NAME: name, PACKAGE_VERSION: name }).errors).toEqual([]);
  });

  it.each(['../foo', '..', '.hidden', 'a/b', 'a b', 'a\nb', '-rf', 'a;b', '$(id)', 'x'.repeat(256)])(
    '%j is none',
    (name) => {
      expect(read({ PACKAGE_NAME: name, PACKAGE_VERSION: name, BUILT_MODULE_NAME: 'foo' }).errors).toEqual([
        `PACKAGE_NAME='${name}' cannot name a folder`,
        `PACKAGE_VERSION='${name}' cannot name a folder`,
      ]);
    },
  );
});

it('finds all errors at once', () => {
  const { errors } = read({
    PACKAGE_NAME: '',
    PACKAGE_VERSION: '',
    AUTOINSTALL: 'maybe',
    BUILT_MODULE_NAME: { 0: 'a.ko', 2: 'x/y' },
    BUILT_MODULE_LOCATION: { 0: '../up' },
    DEST_MODULE_NAME: { 0: 'b.o', 2: 'same', 3: 'same' },
    DEST_MODULE_LOCATION: { 0: '/kernel/../..', 2: '/lib', 3: '/extra' },
  });
  expect(errors).toEqual([
    'there is no PACKAGE_NAME',
    'there is no PACKAGE_VERSION',
    "BUILT_MODULE_NAME[0] ends in .o or .ko: 'a.ko'",
    "DEST_MODULE_NAME[0] ends in .o or .ko: 'b.o'",
    "BUILT_MODULE_LOCATION[0] leaves the build folder: '../up'",
    "DEST_MODULE_LOCATION[0] leaves the kernel's folder: '/kernel/../..'",
    'BUILT_MODULE_NAME[1] is missing',
    'DEST_MODULE_LOCATION[1] is missing',
    "BUILT_MODULE_NAME[2] holds a slash: 'x/y'",
    "DEST_MODULE_LOCATION[2] does not begin with /kernel, /updates or /extra: '/lib'",
    'BUILT_MODULE_NAME[3] is missing',
    "DEST_MODULE_NAME[3] is used twice: 'same'",
  ]);
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

it.each(['y', 'true', '1', 'yess', ' yes'])('AUTOINSTALL=%j is odd, off, and warned of', (value) => {
  const { conf, errors } = read({ AUTOINSTALL: value });
  expect({ on: conf.autoinstall, errors }).toEqual({ on: false, errors: [] });
  expect(conf.warnings).toEqual([`AUTOINSTALL='${value}' is neither yes nor no and counts as no`]);
});

describe('modules', () => {
  it('one without a name is called as the package', () => {
    expect(read().conf.objects).toEqual([
      { built: 'foo', name: 'foo', destination: '/updates', strip: true },
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
      { built: 'module/spl', name: 'spl', destination: '/extra', strip: true },
      { built: 'module/zfs', name: 'zfs_new', destination: '/kernel/fs', strip: true },
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

it('names what this version does not carry out', () => {
  const { conf } = read({
    PRE_BUILD: 'x.sh',
    POST_ADD: '',
    PATCH: { 3: 'a.patch' },
    BUILD_EXCLUSIVE_ARCH: { 0: 'x86_64' },
    BUILD_EXCLUSIVE_KERNEL: { 1: '^6' },
  });
  expect(conf.unsupported).toEqual(['PRE_BUILD', 'PATCH', 'BUILD_EXCLUSIVE_KERNEL for single modules']);
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
    { written: { BUILD_EXCLUSIVE_CONFIG: 'CONFIG_HZ' }, why: 'BUILD_EXCLUSIVE_CONFIG asks for CONFIG_HZ' },
  ])('$written: $why', ({ written, why }) => {
    expect(findExclusion(read(written).conf.exclusions, id, config)).toBe(why);
  });

  it('say nothing of the config before it is known', () => {
    const { conf } = read({ BUILD_EXCLUSIVE_CONFIG: 'CONFIG_X' });
    expect(findExclusion(conf.exclusions, id, undefined)).toBeUndefined();
  });
});
