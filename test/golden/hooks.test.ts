import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dpkgAdapter } from '../../src/adapters/dpkg/index.ts';
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
    '755 etc/kernel/header_postinst.d/kmodsmith',
    '755 DEBIAN/postinst',
    '755 DEBIAN/postrm',
    '644 DEBIAN/triggers',
  ]);
});

it.each(rendered)('$path is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
});

const shims = renderShims();

it.each(shims)('$path is as it was', async ({ path, content }) => {
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, 'hooks', path));
});

const scripts = [...rendered, ...shims].filter(({ content }) => content.startsWith('#!/bin/sh\n'));
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
