import { expect, it } from 'vitest';
import { checkOptions } from '../../../src/dkms/check-options.ts';
import {
  type CommandLine,
  emptyCommandLine,
  type PathKind,
  readArguments,
} from '../../../src/dkms/command-line.ts';
import { KmodsmithError } from '../../../src/errors.ts';

const paths: Readonly<Record<string, PathKind>> = {
  '/src/foo': 'source-folder',
  'foo/1.0': 'source-folder',
  '/src/foo/dkms.conf': 'file',
  'dkms.conf': 'file',
  'my-dkms.conf': 'file',
  'foo.tar.gz': 'file',
  build: 'file',
};

function read(text: string): CommandLine {
  const line = emptyCommandLine();
  readArguments(text === '' ? [] : text.split(' '), line, (path) => paths[path] ?? 'other');
  return line;
}

it.each<{ text: string; expected: Partial<CommandLine> }>([
  { text: 'build -m foo -v 1.0', expected: { action: 'build', module: 'foo', moduleVersion: '1.0' } },
  { text: '-m foo/1.0 build', expected: { action: 'build', module: 'foo', moduleVersion: '1.0' } },
  { text: 'add bar/2/x', expected: { module: 'bar', moduleVersion: '2/x' } },
  { text: '--module=foo --module bar/3 status', expected: { module: 'bar', moduleVersion: '3' } },
  { text: '--moduleXY foo', expected: { module: 'foo' } },
  { text: '-k 6.1 -k 6.2/arm64', expected: { kernels: ['6.1', '6.2'], arches: ['arm64'] } },
  { text: '--kernelver=6.1/x -a y', expected: { kernels: ['6.1'], arches: ['x', 'y'] } },
  { text: '-a a1 --arch=a2 --architecture a3', expected: { arches: ['a1', 'a2', 'a3'] } },
  { text: '--archive=x.tar --archive y', expected: { values: { archive: 'y' }, arches: [] } },
  { text: '--config /c -c /d', expected: { values: { config: '/c', conf: '/d' } } },
  { text: '--directive A=b --directive=C=d=e', expected: { directives: ['A=b', 'C=d=e'] } },
  { text: 'status -k', expected: { kernels: [''] } },
  { text: '--templatekernel 5', expected: { values: { templateKernel: '5' } } },
  { text: '/src/foo add', expected: { action: 'add', sourceFolder: '/src/foo' } },
  { text: '/src/foo/dkms.conf', expected: { sourceFolder: '/src/foo/' } },
  { text: 'dkms.conf', expected: { sourceFolder: '.' } },
  { text: 'my-dkms.conf', expected: { sourceFolder: 'my-' } },
  { text: 'foo/1.0', expected: { sourceFolder: 'foo/1.0' } },
  { text: 'foo.tar.gz', expected: { values: { archive: 'foo.tar.gz' } } },
  { text: 'build build/2', expected: { action: 'build', module: 'build', moduleVersion: '2' } },
  { text: '/nowhere', expected: { module: '', moduleVersion: 'nowhere' } },
])('$text', ({ text, expected }) => {
  expect(read(text)).toMatchObject(expected);
});

it('leaves out what means nothing, and says so', () => {
  expect(read('add a/1 b/2 --no-initrd').warnings).toEqual([
    "'b/2' means nothing here and is left out",
    '--no-initrd is out of use and has no effect',
  ]);
});

it('stops at --version and --help, whatever comes after', () => {
  expect(read('-q --version --nonsense').flags).toEqual(new Set(['quiet', 'showVersion']));
  expect(read('add -h add').flags).toEqual(new Set(['help']));
});

it('reads one line of a value, without the blanks around it', () => {
  const line = emptyCommandLine();
  readArguments(['-m', '  foo/1 \nbar', '-j', ' 4 '], line, () => 'other');
  expect(line).toMatchObject({ module: 'foo', moduleVersion: '1', values: { jobs: '4' } });
});

it.each([
  { text: '--nonsense', code: 'USAGE', status: 2 },
  { text: '-k=6.1', code: 'USAGE', status: 2 },
  { text: '--force=1', code: 'USAGE', status: 2 },
  { text: '--', code: 'USAGE', status: 2 },
  { text: 'add build', code: 'TWO_ACTIONS', status: 4 },
  { text: 'mktarball --binaries-only --source-only', code: 'BINARIES_AND_SOURCE', status: 8 },
  { text: 'build -k 1 -a a -a b', code: 'ARCHES_UNEQUAL', status: 1 },
  { text: 'remove --all -k 6.1', code: 'KERNEL_WITH_ALL', status: 2 },
  { text: 'remove --all -a x', code: 'ARCH_WITH_ALL', status: 3 },
  { text: 'build --all', code: 'ALL_UNSUPPORTED', status: 5 },
  { text: 'kernel_prerm --all', code: 'ALL_UNSUPPORTED', status: 5 },
  { text: 'kernel_prerm', code: 'KERNEL_COUNT', status: 4 },
  { text: 'kernel_postinst -k 1 -k 2', code: 'KERNEL_COUNT', status: 4 },
  { text: 'autoinstall -k 1 -k 2', code: 'KERNEL_COUNT', status: 4 },
  { text: 'match -k 1 -k 2', code: 'KERNEL_COUNT', status: 4 },
])('$text ends with $status', ({ text, code, status }) => {
  const attempt = () => checkOptions(read(text));
  expect(attempt).toThrow(KmodsmithError);
  try {
    attempt();
  } catch (error) {
    expect(error).toMatchObject({ code, dkmsStatus: status });
  }
});

it.each(['remove --all', 'status --all', 'autoinstall', 'autoinstall -k 1', 'build -k 1 -k 2 -a x', ''])(
  '%s is fine',
  (text) => {
    expect(() => checkOptions(read(text))).not.toThrow();
  },
);
