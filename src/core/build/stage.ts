import { basename, dirname, join } from 'node:path';
import { moduleCompression } from '../../formats/kernel-config.ts';
import { run } from '../../system/exec.ts';
import { copyAtomically, makeFolder, readBytes, removeTree, writeAtomically } from '../../system/files.ts';
import { sha256 } from '../../system/fingerprint.ts';
import type { Provenance } from '../provenance/provenance.ts';
import { lend, takeBack } from '../sandbox/lend.ts';
import { readMade } from '../sandbox/made-files.ts';
import { describeUnsigned } from '../signing/refused.ts';
import { signModule } from '../signing/sign-module.ts';
import { signingEnvironment } from '../signing/signing-environment.ts';
import type { BuildRun, BuiltObject } from './compile.ts';
import { isBuiltByClang } from './compiler-environment.ts';
import { compressModule } from './compress.ts';
import { type BuildRequest, describe } from './request.ts';
import { enclose } from './shell.ts';

export interface Staging {
  readonly request: BuildRequest;
  readonly staging: string;
  readonly run: BuildRun;
  readonly objects: readonly BuiltObject[];
}

/** Strips, signs and compresses the modules and lays them out as dkms does (dkms-compat.md section 4.1). */
export async function stage(staging: Staging): Promise<Provenance['outputs']> {
  const outputs: Provenance['outputs'][number][] = [];
  const target = join(staging.staging, 'module');
  await makeFolder(target);
  const objects = await setApart(staging);
  await stripObjects(staging.request, objects);
  for (const object of objects) outputs.push(await stageObject(staging, object, target));
  await removeTree(apart(staging));
  const symvers = await readMade(staging.request, 'Module.symvers');
  if (symvers !== undefined) await writeAtomically(join(target, 'Module.symvers'), symvers);
  return outputs;
}

/** What was verified is what is signed: no program of a sandboxed build could write to this copy. */
async function setApart(staging: Staging): Promise<readonly BuiltObject[]> {
  const { request, objects } = staging;
  if (request.settings.sandbox === undefined) return objects;
  const copies = objects.map((object) => ({ ...object, path: join(apart(staging), `${object.name}.ko`) }));
  for (const { path, bytes } of copies) await writeAtomically(path, bytes);
  return copies;
}

function apart({ staging }: Staging): string {
  return join(staging, 'objects');
}

async function stageObject(
  { request, run, staging }: Staging,
  { name, path }: BuiltObject,
  targetFolder: string,
): Promise<Provenance['outputs'][number]> {
  const { settings, tree } = request;
  const folder = settings.sandbox === undefined ? run.folder : staging;
  const config = tree.config?.settings ?? new Map();
  const warn = (problem: string) => settings.onWarning(`${describe(request)}: ${name}.ko ${problem}`);
  const signed = await sign(path, { name, request, environment: run.environment, folder });
  const method = moduleCompression(tree.own?.settings ?? config);
  const file = await compressModule(path, { method, options: settings.framework.compression, warn });
  const target = join(targetFolder, `${name}${file.slice(file.lastIndexOf('.ko'))}`);
  await copyAtomically(file, target);
  const packed = await readBytes(target);
  return {
    name: target.slice(target.lastIndexOf('/') + 1),
    size: packed.length,
    sha256: sha256(packed),
    signed,
  };
}

/**
 * Where the policy requires no signature, a module without one is used as well. The tool, which may be the admin's, sees what
 * make sees (dkms-compat.md section 2.6).
 */
async function sign(path: string, { name, request, environment, folder }: Signed): Promise<boolean> {
  const { signing, framework, onWarning } = request.settings;
  if (!signing.sign) return false;
  const seen = await signingEnvironment(environment, framework.buildEnvironment);
  const why = await signModule(path, signing, seen, folder);
  if (why === undefined) return true;
  const what = `${describe(request)}: ${name}.ko`;
  onWarning(await describeUnsigned({ what, why, required: signing.required === true }, request));
  return false;
}

interface Signed {
  readonly name: string;
  readonly request: BuildRequest;
  readonly environment: BuildRun['environment'];
  readonly folder: string;
}

/**
 * A module that keeps its debug sections works as well. The program takes apart what others made, so it is kept in the
 * sandbox, too, and what it leaves there is looked at like what make leaves.
 */
async function stripObjects(request: BuildRequest, objects: readonly BuiltObject[]): Promise<void> {
  const { settings, tree } = request;
  const wanted = objects.filter(({ strip }) => strip);
  const [first] = wanted;
  if (first === undefined) return;
  const folder = dirname(first.path);
  const program = isBuiltByClang(tree.config?.settings) ? 'llvm-strip' : 'strip';
  const argv = [program, '--strip-debug', ...wanted.map(({ path }) => path)];
  await lend(settings, folder);
  const place = { source: folder, target: folder, isWritable: true };
  const { exitCode, stderr } = await run(enclose(request, argv, place), { cwd: folder });
  const names = wanted.map(({ name }) => `${name}.ko`).join(', ');
  if (exitCode !== 0)
    settings.onWarning(`${describe(request)}: ${names} could not be stripped: ${stderr.trim()}`);
  if (settings.sandbox === undefined) return;
  await takeBack(settings, folder);
  for (const { path, bytes } of wanted)
    await writeAtomically(path, (await readMade(request, basename(path), folder)) ?? bytes);
}
