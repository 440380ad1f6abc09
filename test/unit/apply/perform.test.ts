import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { announceChanges } from '../../../src/apply/announce-changes.ts';
import { engineSettings } from '../../../src/apply/engine-settings.ts';
import { perform } from '../../../src/apply/perform.ts';
import { readFramework } from '../../../src/config/framework.ts';
import { survey } from '../../../src/core/facts.ts';
import { defaultPolicies } from '../../../src/policy/policies.ts';
import { everything } from '../../../src/policy/scope.ts';
import type { Action } from '../../../src/policy/types.ts';
import { readerOf } from '../../support/reader-of.ts';
import { addBuild, arch, makeMachine, release } from '../core/machine.ts';
import { moduleBytes } from '../core/modules.ts';

const modules = `lib/modules/${release}`;

/** foo/1.0 is built, has all scripts, and each writes its name and what it sees to `calls`. */
async function open(conf = '') {
  const { scratch, layout, module } = makeMachine();
  const calls = `${scratch.path}/calls`;
  const names = ['PRE_INSTALL', 'POST_INSTALL', 'POST_REMOVE'];
  const scripts = names.map((name) => `${name}="note.sh ${name}"\n`).join('');
  const directives = 'PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/kernel/fs\n';
  scratch.write('usr/src/foo-1.0/dkms.conf', `${directives}${scripts}${conf}`);
  const note = `#!/bin/sh\necho "$1 $kernelver $(ls ${scratch.path}/${modules}/updates 2>&1)" >>${calls}\necho out\n[ ! -e ${scratch.path}/refuse ]\n`;
  scratch.write('usr/src/foo-1.0/note.sh', note, 0o755);
  scratch.write('etc/dkms/framework.conf', `post_transaction="echo after $kernelver >>${calls}"\n`);
  await addBuild({ scratch, layout, module });
  rmSync(`${scratch.path}/var/lib/dkms/foo/1.0/${release}/${arch}/module/foo.ko.xz`);
  scratch.write(`var/lib/dkms/foo/1.0/${release}/${arch}/module/foo.ko`, moduleBytes({ version: '1.0' }));
  const kernel = { release, arch };
  const run = async (...deeds: ('install' | 'uninstall')[]) => {
    const framework = await readFramework(layout.root);
    const found = await survey(readerOf(layout), everything);
    const actions = deeds.map((deed): Action => ({ do: deed, module, kernel, because: { code: 'asked' } }));
    const settings = engineSettings({ layout, framework, distribution: found.distribution });
    const outcomes = await perform(
      { version: 1, actions, skipped: [] },
      { layout, survey: found, settings, policies: defaultPolicies },
    );
    await announceChanges({ layout, framework }, outcomes);
    return outcomes;
  };
  const told = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trimEnd().split('\n') : []);
  return { scratch, run, told, at: (path: string) => `${scratch.path}/${path}` };
}

it('installs and uninstalls with the package’s scripts around it, and the admin’s command at the end', async () => {
  const { run, told, at } = await open();
  const [installed] = await run('install');
  expect(installed?.state).toBe('done');
  expect(existsSync(at(`${modules}/updates/dkms/foo.ko`))).toBe(true);
  const absent = /^\w+ 6\.12\.1-test ls: cannot access/;
  const lines = told();
  expect(lines[0]).toMatch(absent);
  expect(lines.slice(1)).toEqual([`POST_INSTALL ${release} dkms`, `after ${release}`]);
  await run('uninstall');
  expect(told().slice(3)[0]).toMatch(/^POST_REMOVE/);
  expect(told().slice(3)[0]).toMatch(absent);
  expect(existsSync(at(`${modules}/updates`))).toBe(false);
});

it('a PRE_INSTALL that fails is the outcome; nothing was changed, so nobody is told', async () => {
  const { run, told, scratch, at } = await open();
  scratch.write('refuse', '');
  const [outcome] = await run('install');
  expect(outcome).toMatchObject({ state: 'failed', error: { code: 'PRE_INSTALL_FAILED' } });
  expect(told()).toHaveLength(1);
  expect(existsSync(at(`${modules}/updates`))).toBe(false);
});

it('a newer module of the kernel wins, and the outcome says why', async () => {
  const { run, scratch } = await open();
  scratch.write(`${modules}/kernel/fs/foo.ko`, moduleBytes({ version: '3.0' }));
  const [outcome] = await run('install');
  expect(outcome).toMatchObject({
    state: 'failed',
    error: {
      code: 'INSTALL_REFUSED',
      message: expect.stringContaining(`/${modules}/kernel/fs/foo.ko is newer: 3.0`),
    },
  });
});

it('uninstalls by the manifest when the dkms.conf is broken', async () => {
  const { run, scratch, at } = await open();
  await run('install');
  scratch.write('usr/src/foo-1.0/dkms.conf', 'exit 1\n');
  expect(await run('uninstall')).toMatchObject([{ state: 'done' }]);
  expect(existsSync(at(`${modules}/updates`))).toBe(false);
});

it('a failing post_transaction is a warning', async () => {
  const { run, scratch } = await open();
  scratch.write('etc/dkms/framework.conf', 'post_transaction="exit 5"\n');
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(await run('install')).toMatchObject([{ state: 'done' }]);
    expect(written.mock.calls.flat().join('')).toMatch(
      /post_transaction ended with status 5; see .*post_transaction\.log/,
    );
  } finally {
    written.mockRestore();
  }
});
