import { readFileSync } from 'node:fs';
import { type FrameworkReading, readFramework } from '../../../src/config/framework.ts';
import { buildModule } from '../../../src/core/build/build.ts';
import type { BuildSettings } from '../../../src/core/build/request.ts';
import { survey } from '../../../src/core/facts.ts';
import { KmodsmithError } from '../../../src/errors.ts';
import { everything } from '../../../src/policy/scope.ts';
import { readerOf } from '../../support/reader-of.ts';
import type { ScratchFolder } from '../../support/scratch-folder.ts';
import { arch, makeMachine, release } from './machine.ts';

/** A shell command that makes `<name>.ko` out of `<name>.c`, with the vermagic of the kernel, without any kbuild. */
export const compiles = (...names: string[]) =>
  names
    .map(
      (name) =>
        `{ cat ${name}.c; echo "const char m[] __attribute__((section(\\".modinfo\\"))) = \\"vermagic=$kernelver SMP\\";"; } > ${name}-all.c && gcc -g -c ${name}-all.c -o ${name}.ko`,
    )
    .join(' && ');

/** A program that appends its name, folder, arguments and what it sees of its environment to `said` of the root. */
export const telling = (scratch: ScratchFolder, status = 0) =>
  `#!/bin/sh
{ echo "$0 in $PWD"; for word; do echo "<$word>"; done; env | grep -E '^(module|module_version|kernelver|arch|GIVEN)=' | sort; } >> ${scratch.path}/said
exit ${status}
`;

export interface Building {
  /** What dkms.conf says besides names, the destination and MAKE. */
  readonly conf?: string;
  readonly make?: string;
  readonly settings?: Partial<BuildSettings>;
  readonly framework?: FrameworkReading;
  readonly prepare?: (scratch: ScratchFolder) => void;
}

/** Builds foo/1.0 in a scratch root. */
export async function build({ conf = '', make, settings, framework, prepare }: Building) {
  const { scratch, layout, module } = makeMachine();
  scratch.write('usr/src/foo-1.0/foo.c', 'int x;\n');
  scratch.write(
    'usr/src/foo-1.0/dkms.conf',
    `PACKAGE_NAME=foo\nPACKAGE_VERSION=1.0\nDEST_MODULE_LOCATION=/updates\nMAKE='${make ?? compiles('foo')}'\n${conf}`,
  );
  prepare?.(scratch);
  const warnings: string[] = [];
  const site = (await survey(readerOf(layout), everything)).site(module, release);
  if (site === undefined) throw new Error('the conf of the test is broken');
  const log = `${scratch.path}/log/make.log`;
  const all: BuildSettings = {
    framework: await readFramework(scratch.path, framework),
    environment: {},
    verification: 'strict',
    keepFailed: false,
    signing: { sign: false, because: 'it is a test' },
    onWarning: (message) => warnings.push(message.replaceAll(scratch.path, 'ROOT')),
    ...settings,
  };
  const request = {
    layout,
    module,
    kernel: { release, arch },
    origin: 'manual' as const,
    settings: all,
    ...site,
  };
  const error = await buildModule(request, log).then(
    () => undefined,
    (thrown: unknown) => {
      if (thrown instanceof KmodsmithError) return thrown;
      throw thrown;
    },
  );
  const text = (path: string) =>
    readFileSync(`${scratch.path}/${path}`, 'utf8').replaceAll(scratch.path, 'ROOT');
  const at = (path: string) => `${scratch.path}/var/lib/dkms/foo/1.0/${path}`;
  return { scratch, error, warnings, log, text, at, result: at(`${release}/${arch}`) };
}
