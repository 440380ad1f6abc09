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

function element(tag: number, ...content: readonly (Uint8Array | number)[]): Buffer {
  const value = Buffer.concat(content.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)));
  return Buffer.concat([Buffer.of(tag, value.length), value]);
}

/** CMS as far as anybody reads it who does not check it: the issuer's common name, and the serial number 0x0bad. */
export function cmsOf(signer: string): Uint8Array {
  const [sequence, set] = [0x30, 0x31];
  const name = element(set, element(sequence, element(6, 0x55, 4, 3), element(12, Buffer.from(signer))));
  const id = element(sequence, element(sequence, name), element(2, 0x0b, 0xad));
  const signers = element(set, element(sequence, element(2, 1), id));
  const data = element(sequence, element(2, 1), element(set), element(sequence), signers);
  return element(sequence, element(6, 0x2a), element(0xa0, data));
}

/** As the kernel's sign-file appends a signature; `kind` is what `struct module_signature` says that it is. */
export function signed(bytes: Uint8Array, cms = cmsOf('somebody'), kind = 2): Uint8Array {
  const header = Buffer.from([0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, cms.length]);
  return Buffer.concat([bytes, cms, header, Buffer.from('~Module signature appended~\n')]);
}
