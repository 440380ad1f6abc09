import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { searchPath } from '../../src/system/exec.ts';
import { builtInKernel } from './built-in-kernel.ts';
import { debianKernel } from './debian-kernel.ts';
import type { DemoKernel } from './kernel.ts';
import { installKernel } from './machine.ts';
import { DemoStopped, missingPrograms } from './programs.ts';
import { readState } from './state.ts';
import { judge, type Step, story } from './story.ts';
import { openTerminal } from './terminal.ts';

const help = `Usage: npm run demo [-- OPTION...]     (or: node dist/demo.js [OPTION...])

Takes a kernel module through the life of a kernel, in a scratch folder, as any user: the headers
arrive, are upgraded without and with a change that matters, the kernel is reconfigured and removed.
Every step shows the plan with its reasons, does it, and checks what it did. Exit status 0 means that
every step ended as announced.

  --built-in   use the small kernel tree and module that the demo brings, not real headers
  --keep       leave the scratch folder behind, to look around in it
  --help       show this text

Real headers and v4l2loopback come from apt, by the package sources of this machine, and stay in
\${XDG_CACHE_HOME:-~/.cache}/kmodsmith/demo; delete that folder to fetch newer ones. NO_COLOR is heeded.
`;

const terminal = openTerminal(process.stdout);
const controller = new AbortController();
const { signal } = controller;
const cli = fileURLToPath(new URL('cli.js', import.meta.url));

interface Scene {
  readonly root: string;
  readonly kernel: DemoKernel;
}

for (const [name, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(name, () => {
    process.exitCode = status;
    controller.abort(new DemoStopped(`stopped by ${name}`));
  });
}
await main();

async function main(): Promise<void> {
  try {
    const values = readOptions();
    if (values.help) process.stdout.write(help);
    else await inScratchFolder(values.keep, (scratch) => play(scratch, values['built-in']));
  } catch (error) {
    const known = error instanceof DemoStopped || signal.aborted;
    const reason = signal.aborted ? signal.reason : error;
    terminal.problem(`\nThe demo stops: ${known ? reason.message : ((error as Error).stack ?? error)}`);
    process.exitCode ||= 1;
  }
}

function readOptions() {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({ options: { 'built-in': flag, keep: flag, help: flag } }).values;
  } catch (error) {
    throw new DemoStopped(`${(error as Error).message}. See --help.`);
  }
}

async function inScratchFolder(keep: boolean, action: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'kmodsmith-demo-')));
  try {
    await action(scratch);
  } finally {
    // What was killed may still be writing its last file.
    if (!keep) await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    terminal.paragraph(keep ? `The scratch folder is kept: ${scratch}` : 'The scratch folder is removed.');
  }
}

async function play(scratch: string, builtIn: boolean): Promise<void> {
  const started = performance.now();
  await checkRequirements();
  const kernel = await chooseKernel(scratch, builtIn);
  const root = join(scratch, 'root');
  const scene = { root, kernel };
  await introduce(scene);
  for (const [index, step] of story.entries()) await playStep(scene, step, index + 2);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  terminal.headline(`All ${story.length + 1} steps ended as announced, in ${seconds} s`);
}

async function checkRequirements(): Promise<void> {
  const missing = await missingPrograms(['bash', 'flock', 'cp', 'make', 'cc', 'ld']);
  if (missing.length > 0) {
    throw new DemoStopped(
      `it needs a compiler and a few tools, and did not find ${missing.join(', ')} in ${searchPath}.\n` +
        'On Debian and Ubuntu: apt-get install gcc make util-linux',
    );
  }
  if ((await missingPrograms(['depmod'])).length === 0) return;
  terminal.paragraph(
    'depmod (package kmod) is not installed here: the module index of the kernel is left out of this run.',
  );
}

async function chooseKernel(scratch: string, builtIn: boolean): Promise<DemoKernel> {
  if (!builtIn) {
    try {
      terminal.paragraph('Looking for real kernel headers (the first time they are downloaded) ...');
      const kernel = await debianKernel(scratch, signal);
      terminal.paragraph(
        `Using real headers, of ${kernel.release}, and ${kernel.module.name} ${kernel.module.version}.`,
      );
      return kernel;
    } catch (error) {
      signal.throwIfAborted();
      terminal.paragraph(`Real headers cannot be used here: ${(error as Error).message}`);
    }
  }
  terminal.paragraph('Using the small kernel tree and module that come with this demo.');
  return builtInKernel;
}

async function introduce({ root, kernel }: Scene): Promise<void> {
  const { module, release } = kernel;
  await rm(root, { recursive: true, force: true });
  await installKernel(root, kernel);
  await kernel.installSource(root);
  terminal.headline('1. A kernel without headers, and a module');
  terminal.paragraph(
    'The scratch folder holds a kernel (its image is a placeholder file) and the source of a module.',
  );
  terminal.command(`root=${root}`);
  terminal.command(`kmodsmith() { node ${cli} "$1" --root $root "\${@:2}"; }`);
  await kmodsmith(root, ['add', `${module.name}/${module.version}`]);
  const status = await kmodsmith(root, ['status']);
  expectText(status, /waiting for the kernel's headers/);
  terminal.passed(`${module.name} waits for the headers of ${release}`);
}

async function playStep({ root, kernel }: Scene, step: Step, number: number): Promise<void> {
  const earlier = await readState(root, kernel);
  terminal.headline(`${number}. ${step.title}`);
  terminal.paragraph(step.told);
  for (const line of (await step.before?.(root, kernel, earlier)) ?? []) terminal.output(line);
  const plan = await kmodsmith(root, ['plan', '--event', `${step.event}:${kernel.release}`]);
  expectText(plan, step.plan);
  const image = step.hook === 'header_postinst.d' ? [] : [`/boot/vmlinuz-${kernel.release}`];
  await kmodsmith(root, ['hook', 'dpkg', step.hook, kernel.release, ...image], step.environment(kernel));
  for (const line of (await step.after?.(root, kernel)) ?? []) terminal.output(line);
  await kmodsmith(root, ['status']);
  const verdict = judge(step, kernel, { earlier, present: await readState(root, kernel) });
  if ('wrong' in verdict) throw new DemoStopped(`step ${number} did not end as announced: ${verdict.wrong}`);
  terminal.passed(verdict.right);
}

function expectText(output: string, text: RegExp): void {
  if (!text.test(output)) throw new DemoStopped(`that should have said ${text}`);
}

/** Runs the real command line and shows it with what it prints; a status other than 0 ends the demo. */
async function kmodsmith(
  root: string,
  [command = '', ...rest]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}' `);
  terminal.command(`${settings.join('')}kmodsmith ${command} ${rest.join(' ')}`.trimEnd());
  const began = performance.now();
  const result = await execa(process.execPath, [cli, command, '--root', root, ...rest], {
    all: true,
    cancelSignal: signal,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  signal.throwIfAborted();
  const shown = result.all.replaceAll(root, '$root');
  terminal.output(shown);
  terminal.output(`(${((performance.now() - began) / 1000).toFixed(2)} s)`);
  if (result.exitCode !== 0) {
    throw new DemoStopped(`kmodsmith ${command} ended with status ${result.exitCode ?? result.signal}`);
  }
  return shown;
}
