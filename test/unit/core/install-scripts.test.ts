import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  runInstallScript,
  runPreInstall,
  type ScriptSite,
  scriptVariables,
} from '../../../src/core/install/scripts.ts';
import { arch, makeMachine, release } from './machine.ts';

/** foo/1.0 with a script `note.sh` that writes down what it sees, then ends with `status`. */
function open(scripts: ScriptSite['scripts'], { status = 0, mode = 0o755 } = {}) {
  const { scratch, layout, module } = makeMachine();
  const at = { module, release, arch };
  const text = `#!/bin/sh\nprintf '%s|' "$PWD" "$module" "$module_version" "$kernelver" "$arch" "$HOME" "$@" >${scratch.path}/note\nexit ${status}\n`;
  scratch.write('usr/src/foo-1.0/note.sh', text, mode);
  const warnings: string[] = [];
  const site: ScriptSite = {
    ...{ layout, at, scripts },
    options: { env: scriptVariables(at) },
    onWarning: (message) => warnings.push(message),
  };
  return { scratch, site, warnings, noted: () => readFileSync(`${scratch.path}/note`, 'utf8').split('|') };
}

it('runs a script in the source, with what dkms tells it and its own words', async () => {
  const { site, noted, scratch, warnings } = open({ POST_REMOVE: "note.sh a 'b c'" });
  expect(await runInstallScript(site, 'POST_REMOVE')).toBe(0);
  const folder = `${scratch.path}/usr/src/foo-1.0`;
  expect(noted()).toEqual([folder, 'foo', '1.0', release, arch, '', 'a', "'b", "c'", '']);
  expect(warnings).toEqual([]);
});

it("prefers the admin's own script", async () => {
  const { site, scratch } = open({ POST_INSTALL: 'note.sh' });
  scratch.write('etc/dkms/foo/note.sh', `#!/bin/sh\necho "$PWD" >${scratch.path}/note\n`, 0o755);
  await runInstallScript(site, 'POST_INSTALL');
  expect(readFileSync(`${scratch.path}/note`, 'utf8')).toBe(`${scratch.path}/etc/dkms/foo\n`);
});

it('has nothing to run without a directive', async () => {
  const { site } = open({});
  await runPreInstall(site);
  expect(await runInstallScript(site, 'POST_INSTALL')).toBe(0);
});

it('a PRE_INSTALL that fails stops the install, but for force', async () => {
  const { site } = open({ PRE_INSTALL: 'note.sh' }, { status: 3 });
  await expect(runPreInstall(site)).rejects.toMatchObject({
    code: 'PRE_INSTALL_FAILED',
    dkmsStatus: 101,
    message: expect.stringMatching(/foo 1\.0 .*6\.12\.1-test.*status 3/),
  });
  await runPreInstall(site, { force: true });
});

it.each(['POST_INSTALL', 'POST_REMOVE'] as const)('a %s that fails is a warning', async (name) => {
  const { site, warnings } = open({ [name]: 'note.sh' }, { status: 3 });
  expect(await runInstallScript(site, name)).toBe(3);
  expect(warnings).toEqual([`foo 1.0 for ${release}: ${name} 'note.sh' ended with status 3`]);
});

it('a script that cannot be executed is a warning and no failure', async () => {
  const { site, warnings } = open({ PRE_INSTALL: 'note.sh' }, { mode: 0o644 });
  await runPreInstall(site);
  expect(warnings).toEqual([
    `foo 1.0 for ${release}: PRE_INSTALL 'note.sh' is not executable and was not run`,
  ]);
});
