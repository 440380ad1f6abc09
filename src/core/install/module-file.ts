import { modinfoValue, readModinfo } from '../../formats/modinfo.ts';
import { type ModuleSignature, readSignature, splitSignature } from '../../formats/module-signature.ts';
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
  /** What the signature says of itself. */
  readonly signature?: ModuleSignature | 'damaged';
  /** The signature's own bytes, CMS, where they can be told from the rest. */
  readonly seal?: Uint8Array;
  /** Undefined for what is no module at all. */
  readonly stamp?: ModuleStamp;
}

/**
 * Reads a `.ko`, decompressed as its beginning says. What cannot be decompressed is taken as it is. Errors of reading are
 * thrown as they come.
 */
export async function readModuleFile(path: string): Promise<ModuleFile> {
  const plain = await readUnpacked(path);
  const parts = splitSignature(plain);
  const body = parts?.body ?? plain;
  const [stamp, signature] = [readStamp(body), readSignature(plain)];
  return {
    ...{ body, signed: body.length < plain.length },
    ...(signature !== undefined && { signature }),
    ...(parts !== undefined && { seal: parts.signature }),
    ...(stamp !== undefined && { stamp }),
  };
}

/** Whether two files hold the same module; one may be compressed or signed differently. */
export function isSameBody(a: ModuleFile, b: ModuleFile): boolean {
  return Buffer.compare(a.body, b.body) === 0;
}

/** The bytes of a `.ko` without compression. What cannot be decompressed is taken as it is. */
async function readUnpacked(path: string): Promise<Uint8Array> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of readDecompressed(path)) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return readBytes(path);
  }
}

function readStamp(bytes: Uint8Array): ModuleStamp | undefined {
  const modinfo = readModinfo(bytes);
  if (modinfo === undefined) return undefined;
  const [version = '', second = ''] = (modinfoValue(modinfo, 'version') ?? '').trim().split(/\s+/);
  return { version, checksum: modinfoValue(modinfo, 'srcversion') ?? second };
}
