import { beforeEach, expect, test } from 'vitest';
import { type DebianMachine, installedPath, openMachine } from '../support/debian-machine.ts';
import { sample } from '../support/extent.ts';
import { installHeaders, type TestKernel } from '../support/kernels.ts';
import { requireTestBed } from '../support/require-or-skip.ts';

beforeEach(requireTestBed);

/** From the start of the engine, through make and the swap, to depmod; in seconds. */
const moments = sample([0.3, 2.5, 4, 1, 5], 3);

test('the machine dies in the middle of a build: the next run ends as if nothing had been', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  const { root, module } = machine;
  await installHeaders(root, kernel);
  const states: string[] = [];
  for (const timeoutSeconds of moments) {
    await root
      .run(['kmodsmith', 'install', `v4l2loopback/${module.version}`, '-k', kernel.release, '--rebuild'], {
        timeoutSeconds,
      })
      .catch(() => undefined);
    expect((await root.run(['modinfo', '-F', 'vermagic', installedPath(machine, kernel)])).stdout).toContain(
      kernel.release,
    );
    await root.run(['kmodsmith', 'run', '--all']);
    states.push(await describeState(machine, kernel));
  }
  expect(new Set(states)).toEqual(new Set([states[0]]));
  expect(states[0]).toContain('/module/v4l2loopback.ko.xz');
});

test('only the engine dies: its compilers are ended before the next build begins', async () => {
  await using machine = await openMachine('trixie-kernels-thin');
  const kernel = machine.kernels[0] as TestKernel;
  const { root, module } = machine;
  await installHeaders(root, kernel);
  // Make starts a compiler that never ends, so that it is there whenever the engine dies.
  const stub = '#!/bin/sh\n[ "$1" != --version ] || exec /usr/bin/make --version\nexec sleep 600\n';
  await root.write('/usr/local/bin/make', stub, 0o755);
  const label = `v4l2loopback/${module.version}`;
  const script = `
    kmodsmith install "$1" -k "$2" --rebuild & engine=$!
    until pgrep -x sleep >/dev/null; do sleep 0.1; done
    kill -KILL $engine; wait $engine
    pgrep -x sleep >/dev/null || exit 8
    rm /usr/local/bin/make
    kmodsmith install "$1" -k "$2" --rebuild
    ! pgrep -x sleep >/dev/null`;
  await root.run(['bash', '-c', script, 'kill', label, kernel.release], { timeoutSeconds: 300 });
  expect(await describeState(machine, kernel)).toContain('/module/v4l2loopback.ko.xz');
});

/** Every file that is ours but for logs, what status says, and whether modules.dep knows the module. */
async function describeState({ root }: DebianMachine, { release }: TestKernel): Promise<string> {
  const folders = ['/var/lib/dkms', '/var/lib/kmodsmith', `/lib/modules/${release}/updates`];
  const { stdout: files } = await root.run(['find', ...folders, '(', '-type', 'f', '-o', '-type', 'l', ')']);
  const { stdout: status } = await root.run(['kmodsmith', 'status', '-k', release]);
  const index = (await root.read(`/lib/modules/${release}/modules.dep`)).match(/^updates\/.*$/gm);
  return JSON.stringify({
    files: files
      .split('\n')
      .filter((path) => !path.startsWith('/var/lib/kmodsmith/logs/'))
      .sort(),
    status: status.replace('manual', 'autoinstall'),
    index,
  });
}
