import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeScratchDkms, release, type ScratchDkms, toyConf } from '../support/scratch-dkms.ts';

const arch = process.arch === 'x64' ? 'x86_64' : process.arch;

/** What `dkms status` says of toy/1.0. */
const state = (scratch: ScratchDkms) => scratch.dkms('status').stdout;

it('adds, builds, installs and removes, as dkms would say it', () => {
  const scratch = makeScratchDkms();
  expect(scratch.dkms('add', 'toy/1.0').status).toBe(0);
  expect(state(scratch)).toBe('toy/1.0: added\n');
  expect(scratch.dkms('build', 'toy/1.0', '-k', release).status).toBe(0);
  expect(state(scratch)).toBe(`toy/1.0, ${release}, ${arch}: built\n`);
  expect(scratch.dkms('install', '-m', 'toy', '-v', '1.0', '-k', release).status).toBe(0);
  expect(state(scratch)).toBe(`toy/1.0, ${release}, ${arch}: installed\n`);
  expect(scratch.dkms('remove', 'toy/1.0', '--all').status).toBe(0);
  expect(state(scratch)).toBe('');
  expect(readdirSync(join(scratch.path, 'tree'))).toEqual(['.kmodsmith']);
  expect(readdirSync(join(scratch.path, 'lib/modules', release))).toEqual(['build']);
});

it.each<{ argv: string[]; status: number; says: string }>([
  { argv: [], status: 2, says: 'no action is given' },
  { argv: ['--nonsense'], status: 2, says: "'--nonsense' is not an option" },
  { argv: ['add', 'build'], status: 4, says: "both 'add' and 'build'" },
  { argv: ['add'], status: 1, says: 'the module is not named' },
  { argv: ['add', '../toy/1.0'], status: 2, says: "the module '../toy/1.0' cannot be one" },
  { argv: ['unbuild', 'toy/1.0/x'], status: 3, says: "the module 'toy/1.0/x' cannot be one" },
  { argv: ['build', 'toy/1.0', '--directive', 'MAKE'], status: 8, says: "'MAKE' gives no value" },
  { argv: ['install', './no-such.rpm'], status: 2, says: "the module './no-such.rpm' cannot be one" },
  { argv: ['add', 'toy/2.0'], status: 2, says: 'there is no' },
  { argv: ['build', 'toy/1.0', '-k', '../../etc'], status: 16, says: "'..' is none" },
  { argv: ['build', 'toy/1.0', '-k', ''], status: 16, says: "the kernel '' is none" },
  { argv: ['build', 'toy/1.0', '-k', '5.0-none'], status: 21, says: 'headers of 5.0-none' },
  { argv: ['remove', 'toy/1.0', '--all'], status: 3, says: 'toy/1.0 is not in' },
  { argv: ['match', '-k', release], status: 1, says: 'a kernel to go by' },
  { argv: ['match', '-k', release, '--templatekernel', release], status: 2, says: 'with itself' },
  { argv: ['kernel_prerm'], status: 4, says: 'exactly one kernel' },
])('dkms $argv ends with $status', ({ argv, status, says }) => {
  const result = makeScratchDkms().dkms(...argv);
  expect(result).toMatchObject({ status, stdout: expect.not.stringContaining('Error') });
  expect(result.stderr).toContain(says);
});

it.each([
  { extra: 'PACKAGE_NAME=\n', status: 8, says: 'there is no PACKAGE_NAME' },
  { extra: 'AUTOINSTALL=maybe\n', status: 8, says: "AUTOINSTALL='maybe' is neither yes nor no" },
  { extra: 'exit 3\n', status: 8, says: 'calls exit' },
  { extra: 'BUILD_EXCLUSIVE_KERNEL=^5\n', status: 77, says: 'BUILD_EXCLUSIVE_KERNEL is ^5' },
  { extra: 'BUILD_DEPENDS=base\n', status: 13, says: 'needs base' },
  { extra: 'PATCH=none.patch\n', status: 5, says: 'names the patch none.patch' },
  { extra: 'MAKE=false\n', status: 10, says: 'does not compile' },
  { extra: 'MAKE=true\n', status: 7, says: 'toy.ko is not there' },
])('a dkms.conf with $extra ends a build with $status', ({ extra, status, says }) => {
  const scratch = makeScratchDkms();
  scratch.write('src/toy-1.0/dkms.conf', toyConf(extra));
  const result = scratch.dkms('build', 'toy/1.0', '-k', release);
  expect(result.status).toBe(status);
  expect(result.stderr).toContain(says);
});

it('passes on the status of a script of a build', () => {
  const scratch = makeScratchDkms();
  scratch.write('src/toy-1.0/dkms.conf', toyConf('PRE_BUILD="fail.sh 42"\n'));
  scratch.write('src/toy-1.0/fail.sh', '#!/bin/sh\nexit $1\n', 0o755);
  expect(scratch.dkms('build', 'toy/1.0', '-k', release).status).toBe(42);
  expect(existsSync(join(scratch.path, 'tree/toy/1.0/build/make.log'))).toBe(true);
});

it('keeps the old build when a new one fails', () => {
  const scratch = makeScratchDkms();
  scratch.dkms('install', 'toy/1.0', '-k', release);
  scratch.write('src/toy-1.0/dkms.conf', toyConf('MAKE=false\n'));
  expect(scratch.dkms('build', 'toy/1.0', '-k', release, '--force').status).toBe(10);
  expect(state(scratch)).toBe(`toy/1.0, ${release}, ${arch}: installed\n`);
});

it('fails when one of several kernels does, wherever it stands', () => {
  const scratch = makeScratchDkms();
  expect(scratch.dkms('build', 'toy/1.0', '-k', '5.0-none', '-k', release).status).toBe(21);
  expect(state(scratch)).toBe(`toy/1.0, ${release}, ${arch}: built\n`);
});

it('says nothing with -q, and ends as it would', () => {
  expect(makeScratchDkms().dkms('-q', 'add', 'toy/2.0')).toMatchObject({ status: 2, stdout: '', stderr: '' });
});

it('rebuilds after kernel_preinst without a moment without a module', () => {
  const scratch = makeScratchDkms();
  scratch.dkms('add', 'toy/1.0');
  scratch.dkms('autoinstall', '-k', release);
  expect(scratch.dkms('kernel_preinst', '-k', release).status).toBe(0);
  expect(state(scratch)).toContain(': installed');
  scratch.write('src/toy-1.0/dkms.conf', toyConf("MAKE='echo anew > toy.ko'\n"));
  expect(scratch.dkms('kernel_postinst', '-k', release).status).toBe(0);
  expect(scratch.dkms('autoinstall', '-k', release).stdout).toBe('');
  expect(scratch.dkms('kernel_prerm', '-k', release).status).toBe(0);
  expect(state(scratch)).toBe('toy/1.0: added\n');
});

it('undoes what autoinstall did, and leaves what was built by hand', () => {
  const scratch = makeScratchDkms();
  for (const name of ['auto', 'hand']) {
    scratch.write(`src/${name}-1.0/README`, '');
    scratch.write(
      `src/${name}-1.0/dkms.conf`,
      toyConf(`PACKAGE_NAME=${name}\nBUILT_MODULE_NAME=toy\nDEST_MODULE_NAME=${name}\n`),
    );
    scratch.dkms('add', `${name}/1.0`);
  }
  expect(scratch.dkms('install', 'hand/1.0', '-k', release).status).toBe(0);
  expect(scratch.dkms('autoinstall', '-k', release).status).toBe(0);
  expect(scratch.dkms('unbuild', '--all-autoinstall', 'auto/1.0', '-k', release).status).toBe(2);
  expect(scratch.dkms('unbuild', '--all-autoinstall', '-k', release).status).toBe(0);
  const byHand = `hand/1.0, ${release}, ${arch}: installed\n`;
  expect(state(scratch)).toBe(`auto/1.0: added\n${byHand}`);
  expect(scratch.dkms('autoinstall', '-k', release).status).toBe(0);
  expect(state(scratch)).toBe(`auto/1.0, ${release}, ${arch}: installed\n${byHand}`);
});

it('removes nothing that this rpm transaction has added', () => {
  const scratch = makeScratchDkms();
  expect(scratch.dkms('add', 'toy/1.0').status).toBe(0);
  // The new package's scriptlet, then the old one's: this test stands for rpm, a shell for each scriptlet.
  expect(scratch.dkmsInShell('add', 'toy/1.0', '--rpm_safe_upgrade').status).toBe(3);
  expect(scratch.dkmsInShell('remove', 'toy/1.0', '--all', '--rpm_safe_upgrade').status).toBe(0);
  expect(state(scratch)).toBe('toy/1.0: added\n');
  expect(scratch.dkmsInShell('remove', 'toy/1.0', '--all', '--rpm_safe_upgrade').status).toBe(0);
  expect(state(scratch)).toBe('');
});
