import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareUname } from '../../../src/core/build/environment.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { run, searchPath } from '../../../src/system/exec.ts';
import { runningRelease } from '../../../src/system/machine.ts';
import { makeScratchFolder } from '../../support/scratch-folder.ts';

const target = '9.8.7-target';

async function ask(...words: string[]) {
  const layout = layoutOf(makeScratchFolder().path);
  await prepareUname(layout);
  const env = { PATH: `${layout.programs}:${searchPath}`, KMODSMITH_RELEASE: target };
  const ours = await run(['sh', '-c', 'uname "$@"', 'sh', ...words], { env });
  const real = await run(['sh', '-c', 'uname "$@"', 'sh', ...words]);
  return { ours, real };
}

describe('uname in a build', () => {
  it.each([['-r'], ['--kernel-release'], ['-a'], ['-sr'], ['-s', '-r', '-m'], ['-rv']])(
    'names the target: %s %s',
    async (...words) => {
      const { ours, real } = await ask(...words);
      expect(ours.stdout).toBe(real.stdout.replace(runningRelease, target));
      expect(ours.stdout).toContain(target);
    },
  );

  it.each([[], ['-m'], ['-s'], ['-o'], ['-v']])('says all else as it is: %s', async (...words) => {
    const { ours, real } = await ask(...words);
    expect(ours.stdout).toBe(real.stdout);
  });

  it('fails as the real one does', async () => {
    const { ours, real } = await ask('--nonsense');
    expect(ours.exitCode).toBe(real.exitCode);
    expect(ours.exitCode).not.toBe(0);
  });

  it('is what $(shell) of a Makefile finds', async () => {
    const scratch = makeScratchFolder();
    const layout = layoutOf(scratch.path);
    await prepareUname(layout);
    scratch.write('Makefile', 'all:\n\t@echo $(shell uname -r)\n');
    const env = { PATH: `${layout.programs}:${searchPath}`, KMODSMITH_RELEASE: target };
    const { stdout } = await run(['make', '-s', '-C', join(scratch.path)], { env });
    expect(stdout.trim()).toBe(target);
  });
});
