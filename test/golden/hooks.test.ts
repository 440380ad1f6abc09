import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dpkgAdapter } from '../../src/adapters/dpkg/index.ts';
import { pacmanAdapter } from '../../src/adapters/pacman/index.ts';
import { rpmAdapter } from '../../src/adapters/rpm/index.ts';
import { renderShims } from '../../src/dkms/shims.ts';

const rendered = dpkgAdapter.renderHooks({ kind: 'toolkit' });

it('renders these files', () => {
  expect(rendered.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '755 usr/bin/kmodsmith',
    '755 usr/lib/kmodsmith/settled',
    '644 usr/lib/systemd/system/kmodsmith.service',
    '644 usr/lib/sysusers.d/kmodsmith.conf',
    '755 etc/kernel/postinst.d/kmodsmith',
    '755 etc/kernel/prerm.d/kmodsmith',
    '755 etc/kernel/postrm.d/kmodsmith',
    '755 etc/kernel/header_postinst.d/kmodsmith',
    '755 usr/lib/kernel/install.d/40-kmodsmith.install',
    '755 DEBIAN/postinst',
    '755 DEBIAN/prerm',
    '755 DEBIAN/postrm',
    '644 DEBIAN/triggers',
  ]);
});

it.each(rendered)('$path is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
});

const module = { kind: 'module', package: 'toy-dkms', module: { name: 'toy', version: '1.0' } } as const;
const moduleScripts = dpkgAdapter.renderHooks({ ...module, form: 'script' });
const moduleSnippets = dpkgAdapter.renderHooks({ ...module, form: 'snippet' });

it("renders these files of a module's package", () => {
  const listed = [...moduleScripts, ...moduleSnippets].map(({ path, mode }) => `${mode.toString(8)} ${path}`);
  expect(listed).toEqual([
    '755 debian/toy-dkms.postinst',
    '755 debian/toy-dkms.prerm',
    '755 debian/toy-dkms.postrm',
    '644 debian/toy-dkms.triggers',
    '644 debian/toy-dkms.postinst.kmodsmith',
    '644 debian/toy-dkms.prerm.kmodsmith',
    '644 debian/toy-dkms.postrm.kmodsmith',
    '644 debian/toy-dkms.triggers',
  ]);
});

it.each([...moduleScripts, ...moduleSnippets.slice(0, 1)])(
  '$path is as it was',
  async ({ path, content }) => {
    await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
  },
);

it('a whole script has the snippet, and the mark for those of debhelper', () => {
  for (const [index, { content }] of moduleSnippets.slice(0, 3).entries()) {
    const whole = moduleScripts[index]?.content ?? '';
    expect(whole.replace(content, '').replace('\n#DEBHELPER#\n', '')).toBe('#!/bin/sh\nset -e\n\n');
    expect(content).not.toContain('#DEBHELPER#');
  }
});

const ofKernels = (['image', 'headers'] as const).flatMap((part) =>
  dpkgAdapter.renderHooks({
    ...({ kind: 'kernel', form: 'script', part } as const),
    package: `linux-${part}-6.12.1-toy`,
    release: '6.12.1-toy',
  }),
);

it("renders these files of kernels' packages", () => {
  expect(ofKernels.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '755 debian/linux-image-6.12.1-toy.postinst',
    '755 debian/linux-image-6.12.1-toy.prerm',
    '644 debian/linux-image-6.12.1-toy.triggers',
    '755 debian/linux-headers-6.12.1-toy.postinst',
    '644 debian/linux-headers-6.12.1-toy.triggers',
  ]);
});

it.each(ofKernels)('$path is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
});

const ofPacman = pacmanAdapter.renderHooks({ kind: 'toolkit' });

it("renders these files of pacman's", () => {
  const stages = ['pre', 'post'].flatMap((stage) =>
    ['install', 'upgrade', 'remove'].map((operation) => `70-kmodsmith-${stage}-${operation}`),
  );
  expect(ofPacman.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '755 usr/bin/kmodsmith',
    '755 usr/lib/kmodsmith/settled',
    '644 usr/lib/systemd/system/kmodsmith.service',
    '644 usr/lib/sysusers.d/kmodsmith.conf',
    '755 usr/share/libalpm/scripts/kmodsmith',
    ...[...stages, '71-kmodsmith', '91-kmodsmith-images'].map(
      (name) => `644 usr/share/libalpm/hooks/${name}.hook`,
    ),
    '644 kmodsmith.install',
  ]);
});

it.each(ofPacman)('$path of pacman is as it was', async ({ path, content }) => {
  // makepkg wants this one beside the PKGBUILD.
  const folder = path === 'kmodsmith.install' ? '../../arch' : 'hooks/pacman';
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, folder, path));
});

const ofPacmanPackages = [
  ...pacmanAdapter.renderHooks({ ...module, form: 'script' }),
  ...pacmanAdapter.renderHooks({
    ...({ kind: 'kernel', form: 'script', part: 'image' } as const),
    ...{ package: 'linux-toy', release: '6.12.1-toy1-1' },
  }),
];

it("renders these files of pacman's packages", () => {
  const filesOf = (name: string) => [
    ...['pre-upgrade', 'pre-remove', 'post-install', 'post-upgrade'].map(
      (entry) => `644 usr/share/libalpm/hooks/70-kmodsmith-${name}-${entry}.hook`,
    ),
    `755 usr/share/libalpm/scripts/kmodsmith-${name}`,
  ];
  expect(ofPacmanPackages.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    ...filesOf('toy-dkms'),
    '644 toy-dkms.install',
    ...filesOf('linux-toy'),
  ]);
});

it.each(ofPacmanPackages)('$path of pacman is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks/pacman', path));
});

const ofRpm = rpmAdapter.renderHooks({ kind: 'toolkit' });

it("renders these files of rpm's", () => {
  expect(ofRpm.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '755 usr/bin/kmodsmith',
    '755 usr/lib/kmodsmith/settled',
    '644 usr/lib/systemd/system/kmodsmith.service',
    '644 usr/lib/sysusers.d/kmodsmith.conf',
    '755 usr/lib/kmodsmith/rpm-hook',
    '755 usr/lib/kernel/install.d/40-kmodsmith.install',
    '755 usr/lib/kernel/install.d/99-kmodsmith-images.install',
    '755 usr/lib/zypp/plugins/commit/kmodsmith',
    '644 usr/lib/rpm/macros.d/macros.kmodsmith',
    '644 kmodsmith.scriptlets',
  ]);
});

it.each(ofRpm)('$path of rpm is as it was', async ({ path, content }) => {
  // The spec wants this one beside it.
  const folder = path === 'kmodsmith.scriptlets' ? '../../rpm' : 'hooks/rpm';
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, folder, path));
});

const ofRpmPackages = [
  ...rpmAdapter.renderHooks({ ...module, form: 'script' }),
  ...rpmAdapter.renderHooks({ ...module, form: 'snippet' }),
  ...rpmAdapter.renderHooks({
    ...({ kind: 'kernel', form: 'script', part: 'headers' } as const),
    ...{ package: 'kernel-toy-devel', release: "6.12.1-1%'toy" },
  }),
];

it("renders these files of rpm's packages", () => {
  expect(ofRpmPackages.map(({ path, mode }) => `${mode.toString(8)} ${path}`)).toEqual([
    '644 toy-dkms.scriptlets',
    ...['post', 'preun', 'postun', 'posttrans'].map((name) => `644 toy-dkms.${name}`),
    '644 kernel-toy-devel.scriptlets',
  ]);
});

it.each(ofRpmPackages)('$path of rpm is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks/rpm', path));
});

const shims = renderShims();

it.each(shims)('$path is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
});

const scripts = [
  ...rendered,
  ...moduleScripts,
  ...ofKernels,
  ...ofPacman,
  ...ofPacmanPackages,
  ...ofRpm,
  ...shims,
].filter(({ content }) => content.startsWith('#!/bin/sh\n'));
const checkers = [
  { command: 'sh', options: ['-n'] },
  { command: 'dash', options: ['-n'] },
  { command: 'shellcheck', options: ['--shell=sh', '--severity=style', '-'] },
];

describe.each(checkers)('$command', ({ command, options }) => {
  const missing = spawnSync(command, ['-c', ':'], { stdio: 'ignore' }).error !== undefined;
  if (missing) process.stderr.write(`golden: ${command} is not installed; no script is checked by it\n`);

  it.skipIf(missing && !process.env['CI']).each(scripts)('accepts $path', ({ content }) => {
    const result = spawnSync(command, options, { input: content, encoding: 'utf8' });
    expect(`${result.error ?? ''}${result.stdout}${result.stderr}`).toBe('');
    expect(result.status).toBe(0);
  });
});
