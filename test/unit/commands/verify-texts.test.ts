import { describe, expect, it } from 'vitest';
import { adviseOn, describeFinding, explainVerification } from '../../../src/commands/verify-texts.ts';
import type { Finding, VerifiedFile } from '../../../src/core/verify/verify-installed.ts';
import type { VerifiedLink } from '../../../src/core/weak-links/verify-links.ts';
import { describeLinkFault } from '../../../src/core/weak-links/weak-link.ts';

const file = (name: string, changes: Partial<VerifiedFile> = {}): VerifiedFile => ({
  module: { name, version: '1.0' },
  kernel: { release: '6.12', arch: 'x86_64' },
  path: `/lib/modules/6.12/updates/dkms/${name}.ko.xz`,
  signed: true,
  findings: [],
  ...changes,
});
const link = (changes: Partial<VerifiedLink>): VerifiedLink => ({
  module: { name: 'foo', version: '1.0' },
  kernel: { release: '5.14-2', arch: 'x86_64' },
  builtFor: '5.14-1',
  path: '/lib/modules/5.14-2/weak-updates/foo.ko',
  target: '/lib/modules/5.14-1/extra/foo.ko',
  state: 'fits',
  findings: [],
  ...changes,
});
const kernels = [{ release: '6.12', symbols: 'checked' as const }];

describe('explainVerification', () => {
  it('is one line where all is well', () => {
    expect(explainVerification({ kernels, links: [], files: [file('foo'), file('bar')] })).toEqual([
      '2 module files for 1 kernel: all in order.',
    ]);
  });

  it('names what is not signed, unless nothing is', () => {
    const unsigned = [file('foo', { signed: false }), file('foo-bar', { signed: false })];
    expect(explainVerification({ kernels, links: [], files: unsigned })[0]).toBe(
      'note: none of them is signed',
    );
    expect(explainVerification({ kernels, links: [], files: [...unsigned, file('bar')] })[0]).toBe(
      'note: not signed: foo.ko.xz (6.12), foo-bar.ko.xz (6.12)',
    );
  });

  it('says who signed, and whether that is sure', () => {
    const by = (signer: string, checked: 'holds' | 'unknown') =>
      ({ signer, serial: '1', checked, ...(checked === 'holds' && { certificate: '/mok.pub' }) }) as const;
    const files = [by('me', 'holds'), by('me', 'holds'), by('', 'unknown')].map((signature) =>
      file('foo', { signature }),
    );
    expect(explainVerification({ kernels, links: [], files })).toEqual([
      'note: 2 module files signed by me, true by /mok.pub',
      'note: 1 module file signed by somebody whom the signature does not name, which was not checked: the certificate is not at hand',
      '3 module files for 1 kernel: all in order.',
    ]);
  });

  it('says of each finding what to do, then what was not looked at', () => {
    const files = [file('foo'), file('bar', { findings: [{ code: 'not-indexed' }, { code: 'damaged' }] })];
    expect(
      explainVerification({ kernels: [{ release: '6.12', symbols: 'unknown' }], links: [], files }),
    ).toEqual([
      'bar 1.0 for 6.12: modprobe does not find /lib/modules/6.12/updates/dkms/bar.ko.xz: modules.dep does not list it',
      '  Renew the index: depmod 6.12',
      'bar 1.0 for 6.12: the symbol table of bar.ko is missing or damaged',
      '  Build it again: kmodsmith install bar/1.0 -k 6.12 --rebuild',
      'note: the headers of 6.12 are not installed, so the symbols that its modules import were not checked',
      '2 module files for 1 kernel: 1 not in order.',
    ]);
  });

  it('says of links to modules of other kernels whether they fit, and by what', () => {
    const links = [
      link({ compared: 12, symvers: '/boot/symvers-5.14-2.gz' }),
      link({ state: 'unknown' }),
      link({
        state: 'broken',
        findings: [{ code: 'symbol-versions', symbols: [{ name: 'printk', wanted: 1, found: 2 }] }],
      }),
    ];
    const path = '/lib/modules/5.14-2/weak-updates/foo.ko';
    expect(explainVerification({ kernels, files: [], links })).toEqual([
      `foo 1.0 for 5.14-2, by ${path}, which leads to that for 5.14-1: foo.ko needs other versions of symbols than there are, so the kernel would refuse it: printk (it wants 0x00000001, the kernel has 0x00000002)`,
      "  The next run takes the link away, unless the policy says weak-modules = 'never'. To have the module all the same: kmodsmith install foo/1.0 -k 5.14-2",
      `note: ${path} leads to what fits, by 12 symbols compared with /boot/symvers-5.14-2.gz`,
      `note: ${path} was not checked: nothing that can be read here says what 5.14-2 exports`,
      '3 links to modules of other kernels: 1 broken.',
    ]);
    expect(
      explainVerification({ kernels, files: [file('bar')], links: links.slice(0, 1) }).slice(-2),
    ).toEqual([
      '1 module file for 1 kernel: all in order.',
      '1 link to a module of another kernel: none is broken.',
    ]);
    expect(describeLinkFault(link({}), { code: 'file-missing' })).toBe(
      '/lib/modules/5.14-1/extra/foo.ko, to which it leads, is not there',
    );
  });
});

const every: readonly Finding[] = [
  { code: 'nothing-there' },
  { code: 'file-missing' },
  { code: 'file-unreadable', why: 'it is on fire' },
  { code: 'file-changed', size: 5, installed: 5 },
  { code: 'file-changed', size: 4, installed: 5 },
  { code: 'not-indexed' },
  { code: 'hidden', by: 'extra/foo.ko' },
  { code: 'signature-missing', by: 'kernel-config' },
  { code: 'signature-missing', by: 'secure-boot' },
  { code: 'signature-missing', by: 'lockdown' },
  { code: 'signature-missing', by: 'sig-enforce' },
  { code: 'signature-damaged' },
  { code: 'signature-broken', certificate: '/var/lib/dkms/mok.pub' },
  { code: 'damaged' },
  { code: 'other-release', found: '5.0' },
  { code: 'other-machine' },
  { code: 'other-vermagic', found: '6.12 SMP', expected: '6.12 SMP preempt' },
  { code: 'symbol-versions', symbols: [{ name: 'printk', wanted: 1, found: 2 }] },
  { code: 'symbols-missing', symbols: ['gone'] },
];

it('has other words for every finding, a clause and a sentence', () => {
  const clauses = every.map((finding) => describeFinding(file('foo'), finding));
  expect(new Set(clauses).size).toBe(every.length);
  for (const clause of clauses) expect(clause).toMatch(/^\S.*[^.\s]$/);
  for (const finding of every) expect(adviseOn(file('foo'), finding)).toMatch(/^[A-Z].*\S$/);
});
