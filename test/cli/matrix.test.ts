import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeScratchRoot, type ScratchRoot } from '../support/scratch-root.ts';

let root: ScratchRoot;
beforeEach(() => {
  root = makeScratchRoot();
});
afterEach(() => root[Symbol.dispose]());

const write = (text: string) => root.write('etc/kmodsmith/policy.d/50-site.toml', text);

interface Row {
  readonly id: string;
  readonly cells: Readonly<Record<string, { readonly text: string }>>;
}

function cellOf(stdout: string, row: string, column: string): string | undefined {
  const rows: Row[] = JSON.parse(stdout).groups.flatMap((group: { rows: Row[] }) => group.rows);
  return rows.find(({ id }) => id === row)?.cells[column]?.text;
}

it('shows what the policy of the machine does, and changes nothing', () => {
  write('refresh = "always"\nmodule-upgrade = "drop"\n[module."zfs"]\ncritical = true\n');
  const before = root.snapshot();
  const json = root.kmodsmith('matrix', '--json');
  expect(json).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: 1,
    policy: { refresh: 'always', 'module-upgrade': 'drop' },
    modules: ['zfs'],
  });
  expect(cellOf(json.stdout, 'headers-upgrade', 'autoinstall')).toBe('F');
  expect(cellOf(json.stdout, 'module-upgrade', 'by-hand')).toBe('A, U');
  expect(root.kmodsmith('matrix', '--format', 'json').stdout).toBe(json.stdout);
  const { stdout } = root.kmodsmith('matrix');
  expect(stdout).toMatch(/^What the policy of this machine does\n/);
  expect(stdout).toContain('What differs from the defaults: refresh = always; module-upgrade = drop.');
  expect(stdout).toMatch(/^ {2}headers reconfigured +F +F +–$/m);
  expect(root.snapshot()).toEqual(before);
});

it('shows what a preset does, whatever the files say', () => {
  write('refresh = "sometimes"\n');
  expect(root.kmodsmith('matrix')).toMatchObject({ status: 3, stdout: '' });
  const text = root.kmodsmith('matrix', '--preset', 'debian');
  expect(text).toMatchObject({ status: 0, stderr: '' });
  expect(text.stdout).toMatch(/^What the preset debian does\n/);
  expect(text.stdout).toContain("Where it differs from the hooks of Debian 13's dkms 3.2.2, and why\n");
  const markdown = root.kmodsmith('matrix', '--preset', 'debian', '--format', 'markdown');
  expect(markdown.stdout).toMatch(/^# What the preset debian does\n/);
});

it('makes a page that stands by itself', () => {
  const { status, stdout } = root.kmodsmith('matrix', '--preset', 'arch', '--format', 'html');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^<!DOCTYPE html>\n/);
  expect(stdout).toMatch(/<\/html>\n$/);
});

it.each([
  { argv: ['--preset', 'gentoo'], says: 'Choices: "default", "debian", "arch", "fedora", "dkms-compat"' },
  { argv: ['--format', 'pdf'], says: 'Choices: "text", "markdown", "json", "html"' },
])('refuses $argv', ({ argv, says }) => {
  const { status, stderr } = root.kmodsmith('matrix', ...argv);
  expect(status).toBe(2);
  expect(stderr).toContain(says);
});
