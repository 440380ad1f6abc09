import { openRoot, type TestRoot } from '../roots.ts';
import type { PlayedMachine, Row } from '../rows/rows.ts';
import { lookAround } from '../rows/sight.ts';
import { kernel, other, type Packages } from './packages.ts';
import { type Change, type Operation, type Tool, transactions } from './transactions.ts';

/** A system of rpm's on which rows of the matrix are played. */
export interface RpmMachine extends PlayedMachine, AsyncDisposable {
  readonly root: TestRoot;
  /** Installs, upgrades, downgrades or reinstalls these in one transaction; returns what was said. */
  install(...names: string[]): Promise<string>;
  /** The same, which is expected to fail. */
  installInVain(...names: string[]): Promise<string>;
  remove(...packages: string[]): Promise<string>;
  run(...argv: string[]): Promise<string>;
}

/** A row, and the tools that it is for; all where left out. */
export interface RpmRow extends Row<RpmMachine> {
  readonly tools?: readonly Tool[];
}

interface MachineOptions {
  readonly packages: Packages;
  readonly policy: string;
  readonly tool: Tool;
}

/** Whether what packages require is there; a row takes the toolkit away although modules require it. */
const auditProgram = '/usr/local/bin/audit';
const audit = '#!/bin/sh\n! rpm -q kmodsmith >/dev/null || rpm -Va --nofiles --noscripts\n';

/** A system with the toolkit, a package that others conflict with, and a repository of all packages. */
export async function openRpmMachine({ packages, policy, tool }: MachineOptions): Promise<RpmMachine> {
  const root = await openRoot('trixie-rpm');
  const { install, remove } = transactions[tool];
  const run = async (...argv: string[]) => {
    const { stdout, stderr } = await root.run(argv);
    return stdout + stderr;
  };
  const changesOf = async (names: readonly string[]): Promise<Change[]> => {
    const wanted = names.map((name) => {
      const found = packages[name];
      if (found === undefined) throw new Error(`no package is called ${name} here`);
      return found;
    });
    const argv = ['rpm', '-q', '--qf', '%{NAME} %{VERSION}-%{RELEASE}\\n', ...wanted.map(({ name }) => name)];
    const { stdout } = await root.run(argv, { allowFailure: true });
    return wanted.map((one) => ({ ...one, operation: operationOf(one, stdout.split('\n')) }));
  };
  const machine: RpmMachine = {
    ...{ root, kernel, other, run },
    async install(...names) {
      return run(...install(await changesOf(names)));
    },
    async installInVain(...names) {
      const argv = install(await changesOf(names));
      const { exitCode, stdout, stderr } = await root.run(argv, { allowFailure: true });
      if (exitCode === 0) throw new Error(`${names.join()} was installed`);
      return stdout + stderr;
    },
    remove: (...names) => run(...remove(names)),
    look: () => lookAround(root, auditProgram),
    [Symbol.asyncDispose]: () => root.dispose(),
  };
  await root.write(auditProgram, audit, 0o755);
  await root.write('/etc/kmodsmith/policy.d/10-row.toml', policy);
  for (const { file } of Object.values(packages))
    await root.copyIn(file, `/srv/repository/${file.replace(/^.*\//, '')}`);
  await run('createrepo_c', '--quiet', '/srv/repository');
  await machine.install('kmodsmith', 'owner');
  return machine;
}

/** Versions of packages that may be there several times are never in the way of each other. */
function operationOf(
  { name, version }: { name: string; version: string },
  installed: readonly string[],
): Operation {
  const versions = installed
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));
  if (versions.includes(version)) return 'reinstall';
  const [there] = versions;
  if (there === undefined || name.startsWith('kernel-many')) return 'install';
  return there.localeCompare(version, 'en', { numeric: true }) < 0 ? 'upgrade' : 'downgrade';
}
