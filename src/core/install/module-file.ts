import { modinfoValue, readModinfo } from '../../formats/modinfo.ts';
import { readDecompressed } from '../../system/decompress.ts';
import { readBytes } from '../../system/files.ts';

/** What dkms compares of two modules (dkms-compat.md section 5.2, item 3); empty where a module does not say. */
interface ModuleStamp {
  /** The first word of MODULE_VERSION. */
  readonly version: string;
  /** `srcversion`, or the second word of MODULE_VERSION. */
  readonly checksum: string;
}

/** A kernel object as it is without compression and signature. */
export interface ModuleFile {
  readonly body: Uint8Array;
  /** Whether a signature was behind it, whosever that is. */
  readonly signed: boolean;
  /** Undefined for what is no module at all. */
  readonly stamp?: ModuleStamp;
}

/**
 * Reads a `.ko`, decompressed as its beginning says. What cannot be decompressed is taken as it is. Errors of reading are
 * thrown as they come.
 */
export async function readModuleFile(path: string): Promise<ModuleFile> {
  const plain = await readPlain(path).catch(() => readBytes(path));
  const body = withoutSignature(plain);
  const stamp = readStamp(body);
  return { body, signed: body.length < plain.length, ...(stamp !== undefined && { stamp }) };
}

/** Whether two files hold the same module; one may be compressed or signed differently. */
export function isSameBody(a: ModuleFile, b: ModuleFile): boolean {
  return Buffer.compare(a.body, b.body) === 0;
}

async function readPlain(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readDecompressed(path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function readStamp(bytes: Uint8Array): ModuleStamp | undefined {
  const modinfo = readModinfo(bytes);
  if (modinfo === undefined) return undefined;
  const [version = '', second = ''] = (modinfoValue(modinfo, 'version') ?? '').trim().split(/\s+/);
  return { version, checksum: modinfoValue(modinfo, 'srcversion') ?? second };
}

const signatureMark = Buffer.from('~Module signature appended~\n');

/** `struct module_signature` of the kernel: three lengths at its offsets 3, 4 and 8, the last one big-endian. */
const signatureHeader = 12;

function withoutSignature(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - signatureMark.length;
  const header = end - signatureHeader;
  if (header < 0 || Buffer.compare(bytes.subarray(end), signatureMark) !== 0) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = header - view.getUint8(header + 3) - view.getUint8(header + 4) - view.getUint32(header + 8);
  return start < 0 ? bytes : bytes.subarray(0, start);
}
