import { spawnSync } from 'node:child_process';
import { writeElf } from '../formats/elf-specimens.ts';

interface ModuleSketch {
  /** MODULE_VERSION as in the file: may have a second word. */
  readonly version?: string;
  readonly srcversion?: string;
  /** What else makes it another file. */
  readonly code?: string;
}

/** A kernel object as far as anybody looks into it here. */
export function moduleBytes({ version, srcversion, code = '' }: ModuleSketch = {}): Uint8Array {
  const fields = { version, srcversion, license: 'GPL' };
  const info = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}\0`],
  );
  const sections = [
    { name: '.text', bytes: Buffer.from(code) },
    { name: '.modinfo', bytes: Buffer.from(info.join('')) },
  ];
  return writeElf({ wide: true, littleEndian: true, sections });
}

const programs = { '.gz': ['gzip', '-c'], '.xz': ['xz', '-c'], '.zst': ['zstd', '-qc'] } as const;

/** The bytes as the real program compresses them. */
export function compressed(bytes: Uint8Array, suffix: keyof typeof programs): Uint8Array {
  const [program, option] = programs[suffix];
  const { stdout, status } = spawnSync(program, [option], { input: bytes });
  if (status !== 0) throw new Error(`${program} failed`);
  return stdout;
}

/** As the kernel's sign-file appends a signature, of 5 bytes here. */
export function signed(bytes: Uint8Array): Uint8Array {
  const header = Buffer.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
  return Buffer.concat([bytes, Buffer.from('12345'), header, Buffer.from('~Module signature appended~\n')]);
}
