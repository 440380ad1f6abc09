import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOsRelease } from '../../../src/formats/os-release.ts';

describe('parseOsRelease', () => {
  it.each([
    [
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n',
      { id: 'debian', idLike: [], name: 'Debian GNU/Linux', versionId: '13' },
    ],
    [
      'NAME="AlmaLinux"\nVERSION_ID="9.4"\nID="almalinux"\nID_LIKE="rhel centos fedora"\n',
      { id: 'almalinux', idLike: ['rhel', 'centos', 'fedora'], name: 'AlmaLinux', versionId: '9.4' },
    ],
    ['NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n', { id: 'arch', idLike: [], name: 'Arch Linux' }],
    ['', { id: 'linux', idLike: [] }],
    ['ID=""\nVERSION_ID=\n', { id: 'linux', idLike: [], versionId: '' }],
  ])('parses %j', (text, expected) => {
    expect(parseOsRelease(text)).toEqual(expected);
  });

  it.each([
    ['NAME=plain', 'plain'],
    ["NAME='single $x \\n'", 'single $x \\n'],
    [String.raw`NAME="a \"b\" \$c \\ \x"`, String.raw`a "b" $c \ \x`],
    ['NAME="back\\`tick"', 'back`tick'],
    ['NAME=a\\ b', 'a b'],
    ['NAME="a"b\'c\'', 'abc'],
    ['NAME=a # comment', 'a'],
    ['  NAME="indented"  \r', 'indented'],
    ['NAME="unterminated', 'unterminated'],
    ['NAME=one\nNAME=two', 'two'],
    ['# NAME=x', undefined],
    ['NA ME=x', undefined],
    ['=x', undefined],
  ])('reads the name of %j', (text, expected) => {
    expect(parseOsRelease(text).name).toBe(expected);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseOsRelease(`ID=${text}`).id).not.toBe('');
      }),
    );
  });

  it('reads back any value in double quotes', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (value) => {
        const quoted = value.replace(/[$`"\\]/g, '\\$&');
        expect(parseOsRelease(`NAME="${quoted}"`).name).toBe(value);
      }),
    );
  });
});
