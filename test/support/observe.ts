import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { confDirectives } from '../../src/core/conf/directive-names.ts';
import { readElf, sectionBytes } from '../../src/formats/elf.ts';
import { type CorpusKernel, readCorpus } from './corpus.ts';
import type { TestRoot } from './roots.ts';

/** To be raised when an observation gets another form or another meaning: remembered ones are then made anew. */
export const observationFormat = 1;

/** What can be seen from outside when a dkms installs a module for a kernel. All of it is JSON. */
export interface Observation {
  /** The exit status: 0 built, 77 excluded, anything else failed. */
  readonly status: number;
  /** The directives each time that dkms.conf was read, repetitions left out. */
  readonly directives: readonly Readonly<Record<string, string>>[];
  readonly make: readonly MakeCall[];
  /** What came (+) and went (-) below /lib/modules/<kernel>: path and mode. */
  readonly installed: readonly string[];
  /** Below /var/lib/dkms: path, type, mode and target. */
  readonly tree: readonly string[];
  readonly modules: Readonly<Record<string, ModuleContent>>;
  /** What dkms and make said, for whoever looks into a difference. */
  readonly log: string;
}

interface MakeCall {
  readonly folder: string;
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

interface ModuleContent {
  /** SHA-256 by section. */
  readonly sections: Readonly<Record<string, string>>;
  readonly signed: boolean;
  /** SHA-256 of the whole uncompressed file, the signature included. */
  readonly file: string;
}

export const observeProgram = fileURLToPath(new URL('observe.sh', import.meta.url));
const folder = '/srv/observed';

export async function observe(root: TestRoot, package_: string, label: CorpusKernel): Promise<Observation> {
  const { packages, kernels } = await readCorpus(root);
  const { name, moduleVersion } = packages[package_] ?? { name: package_, moduleVersion: '' };
  const kernel = kernels[label];
  const argv = ['sh', '-s', '--', folder, name, moduleVersion, kernel, ...confDirectives];
  await root.run(argv, { input: await readFile(observeProgram), timeoutSeconds: 900 });
  const read = async (file: string) =>
    (await root.exists(`${folder}/${file}`)) ? await root.read(`${folder}/${file}`) : '';
  return {
    status: Number(await read('status')),
    directives: parseReads(await read('directives'), kernel),
    make: parseCalls(await read('make')),
    installed: lines(await read('installed')),
    tree: lines(await read('tree')).map((line) => line.trimEnd()),
    modules: await readModules(root),
    log: `${await read('log')}\n${await read('make.log')}`,
  };
}

async function readModules(root: TestRoot): Promise<Record<string, ModuleContent>> {
  const modules: Record<string, ModuleContent> = {};
  for (const name of await root.list(`${folder}/modules`)) {
    modules[name.replaceAll(':', '/')] = contentOf(await root.readBytes(`${folder}/modules/${name}`));
  }
  return modules;
}

function contentOf(bytes: Buffer): ModuleContent {
  const elf = readElf(bytes);
  const sections: Record<string, string> = {};
  for (const { name, size } of elf?.sections ?? []) {
    sections[name] = (elf && hash(sectionBytes(elf, bytes, name))) ?? `${size} bytes without content`;
  }
  return {
    sections,
    signed: bytes.subarray(-28).includes('Module signature appended'),
    file: hash(bytes) ?? '',
  };
}

function hash(bytes: Uint8Array | undefined): string | undefined {
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

/** `read`, the kernel, then names and values, for each time. */
function parseReads(text: string, kernel: string): Record<string, string>[] {
  const reads = text
    .split(/(?:^|(?<=\0))read\0/)
    .slice(1)
    .map((record) => record.split('\0').slice(0, -1));
  const ours = reads.filter(([release]) => release === kernel);
  const distinct = new Set(ours.map((fields) => JSON.stringify(pairs(fields.slice(1)))));
  return [...distinct].map((json) => JSON.parse(json));
}

function pairs(fields: readonly string[]): Record<string, string> {
  const names = fields.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, fields[index * 2 + 1] ?? '']).sort());
}

/** `call`, the folder, `arg` before each argument, `env`, then the environment. */
function parseCalls(text: string): MakeCall[] {
  const calls = text.split(/(?:^|(?<=\0))call\0/).slice(1);
  return calls.map((call) => {
    const [head = '', environment = ''] = call.split(/(?<=\0)env\0/);
    const [callFolder = '', ...args] = head.split('\0').slice(0, -1);
    const words = args.filter((_, index) => index % 2 === 1);
    return { folder: callFolder, args: words, environment: environment.split('\0').slice(0, -1).sort() };
  });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
