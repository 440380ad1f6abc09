import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { layoutOf, provenanceFile } from '../../src/core/layout.ts';
import { readProvenance } from '../../src/core/provenance/provenance.ts';
import { readModinfo, vermagicRelease } from '../../src/formats/modinfo.ts';
import { sha256 } from '../../src/system/fingerprint.ts';
import { machineName } from '../../src/system/machine.ts';
import type { DemoKernel } from './kernel.ts';

/** What the demo finds on disk by looking itself, not by asking the engine. */
export interface State {
  /** The installed module; undefined when there is none. */
  readonly installed?: {
    /** Below the scratch root. */
    readonly path: string;
    readonly sha256: string;
    readonly modified: number;
    readonly vermagic: string | undefined;
  };
  /** When the recorded build began; 0 without one. */
  readonly builtAt: number;
  /** The headers that went into it. */
  readonly headers: readonly string[];
  /** What depmod wrote; undefined where there is no depmod. */
  readonly index: string | undefined;
}

export async function readState(root: string, { module, release }: DemoKernel): Promise<State> {
  const file = provenanceFile(layoutOf(root), { module, release, arch: machineName });
  const provenance = await readProvenance(file);
  const headers = provenance?.headers.map((header) => header.path) ?? [];
  const index = await readFile(join(root, 'lib/modules', release, 'modules.dep'), 'utf8').catch(
    () => undefined,
  );
  const common = { builtAt: provenance?.startedAt ?? 0, headers, index };
  const names = await readdir(join(root, 'lib/modules', release), { recursive: true });
  const name = names.find((path) => new RegExp(`/${module.name}\\.ko(\\.\\w+)?$`).test(path));
  if (name === undefined) return common;
  const path = join('lib/modules', release, name);
  const bytes = await readFile(join(root, path));
  const modinfo = readModinfo(await decompress(path, bytes));
  const installed = {
    path: `/${path}`,
    sha256: sha256(bytes),
    modified: (await stat(join(root, path))).mtimeMs,
    vermagic: modinfo === undefined ? undefined : vermagicRelease(modinfo),
  };
  return { ...common, installed };
}

async function decompress(path: string, bytes: Buffer): Promise<Uint8Array> {
  const program = { '.xz': 'xz', '.zst': 'zstd', '.gz': 'gzip' }[path.slice(path.lastIndexOf('.'))];
  if (program === undefined) return bytes;
  return (await execa(program, ['-dc'], { input: bytes, encoding: 'buffer' })).stdout;
}
