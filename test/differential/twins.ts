import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { scratchDirectory } from '../support/cache.ts';
import { execute } from '../support/process.ts';
import { openRoot, type TestRoot } from '../support/roots.ts';
import type { Observation, Scenario } from './scenario.ts';

/** Whose dkms a twin has: the distribution's, or ours. */
export type Side = 'oracle' | 'ours';

const project = fileURLToPath(new URL('../..', import.meta.url));
const inRoot = (name: string) => fileURLToPath(new URL(`in-root/${name}`, import.meta.url));

const batchSize = 20;
const batchSeconds = 1500;

/** Carries the scenarios out in a root of their own, and tells each observation as soon as its batch is done. */
export async function carryOut(
  side: Side,
  scenarios: readonly Scenario[],
  tell: (scenario: Scenario, observation: Observation) => Promise<void>,
): Promise<void> {
  if (scenarios.length === 0) return;
  await using root = await openRoot('trixie-dkms');
  await prepare(root, side);
  for (let start = 0; start < scenarios.length; start += batchSize) {
    const batch = scenarios.slice(start, start + batchSize);
    const input = batch.map((scenario) => JSON.stringify(scenario)).join('\n');
    const running = ['node', '/opt/twins/runner.mjs'];
    const { stdout } = await root.run(running, { input, timeoutSeconds: batchSeconds });
    const observations = stdout.split('\n').filter((line) => line !== '');
    for (const [index, scenario] of batch.entries()) {
      await tell(scenario, JSON.parse(observations[index] ?? 'null'));
    }
  }
}

const preparation = `set -eu
cd /opt/twins
mkdir -p bin
mv note bin/note
mv make bin/make
chmod 755 bin/*
cp -a /usr/sbin/dkms bin/oracle-dkms
cp -a mok/. /var/lib/dkms
for program in modprobe systemctl; do
  printf '#!/bin/sh\\nexec /opt/twins/bin/note %s "$@"\\n' "$program" >bin/$program
  chmod 755 bin/$program
done
`;

async function prepare(root: TestRoot, side: Side): Promise<void> {
  await root.write('/opt/twins/runner.mjs', await runnerProgram());
  for (const name of ['note', 'make']) await root.copyIn(inRoot(`${name}.sh`), `/opt/twins/${name}`);
  await root.copyIn(inRoot('isolate.sh'), '/opt/twins/isolate.sh');
  await root.run(['sh', '-c', preparation]);
  if (side === 'ours') await installOurs(root);
}

/** The in-root half of the harness; its text is part of what the oracle's answers are kept under. */
export async function runnerProgram(): Promise<string> {
  const bundle = await build({
    entryPoints: [inRoot('runner.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  });
  // Without the comments that name where the checkout is.
  return (bundle.outputFiles[0]?.text ?? '').replaceAll(/^\/\/ .*$/gm, '');
}

const launcher = '#!/bin/sh\nexec node /usr/lib/kmodsmith/dkms.js "$@"\n';

async function installOurs(root: TestRoot): Promise<void> {
  const folder = await ourBundle();
  await root.copyIn(folder, '/usr/lib/kmodsmith');
  await root.write('/usr/sbin/dkms', launcher, 0o755);
}

let bundled: Promise<string> | undefined;

/** Bundled apart from dist/, which somebody else may be making anew just now. */
function ourBundle(): Promise<string> {
  bundled ??= (async () => {
    const folder = join(await scratchDirectory('disk'), 'bundle');
    await mkdir(folder, { recursive: true });
    const entries = ['src/cli.ts', 'src/dkms.ts'];
    await execute([
      'npm',
      '--prefix',
      project,
      'run',
      '--silent',
      'bundle',
      '--',
      ...entries,
      `--outdir=${folder}`,
    ]);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}\n');
    return folder;
  })();
  return bundled;
}
