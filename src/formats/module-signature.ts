/** Who signed a kernel module, as its signature says: nobody has checked it. */
export interface ModuleSignature {
  /** The common name of who issued the signer's certificate: a machine owner key's own. Empty when it is not named. */
  readonly signer: string;
  /** Serial number of the certificate: upper-case hexadecimal digits, without zeros in front. */
  readonly serial: string;
}

/** What ends every signed module (MODULE_SIG_STRING, include/linux/module_signature.h). */
const mark = new TextEncoder().encode('~Module signature appended~\n');

/** `struct module_signature` of the same file: three lengths at its offsets 3, 4 and 8, the last one big-endian. */
const headerLength = 12;

export function isSigned(module: Uint8Array): boolean {
  const end = module.length - mark.length;
  return end >= headerLength && mark.every((byte, index) => module[end + index] === byte);
}

/** The module, and what was appended to sign it; undefined where nothing was, or not what its lengths say. */
export function splitSignature(
  module: Uint8Array,
): { readonly body: Uint8Array; readonly signature: Uint8Array } | undefined {
  if (!isSigned(module)) return undefined;
  const header = module.length - mark.length - headerLength;
  const view = new DataView(module.buffer, module.byteOffset, module.byteLength);
  const start = header - view.getUint32(header + 8);
  const end = start - view.getUint8(header + 3) - view.getUint8(header + 4);
  if (end < 0) return undefined;
  return { body: module.subarray(0, end), signature: module.subarray(start, header) };
}

/**
 * The signature that ends a `.ko`: CMS SignedData (RFC 5652, section 5), as sign-file makes it. Undefined without one;
 * `damaged` is what no kernel loads, whether it requires signatures or not (module_sig_check, kernel/module/signing.c).
 */
export function readSignature(module: Uint8Array): ModuleSignature | 'damaged' | undefined {
  if (!isSigned(module)) return undefined;
  const parts = isCmsHeader(module) ? splitSignature(module) : undefined;
  return (parts && readSignerId(parts.signature)) ?? 'damaged';
}

/** What mod_check_sig (kernel/module_signature.c) accepts before the length: the kind PKEY_ID_PKCS7, all else 0. */
function isCmsHeader(module: Uint8Array): boolean {
  const start = module.length - mark.length - headerLength;
  return [0, 0, 2, 0, 0, 0, 0, 0].every((byte, index) => module[start + index] === byte);
}

/** ContentInfo, [0], SignedData; its last element holds the signers. Words are empty where another kind of name is used. */
function readSignerId(bytes: Uint8Array): ModuleSignature | undefined {
  const [content] = children(bytes);
  const signed = content && children(content.value).at(1);
  const data = signed && children(signed.value).at(0);
  const infos = data && children(data.value).at(-1);
  const info = infos && children(infos.value).at(0);
  const id = info && children(info.value).at(1);
  if (id?.tag === tags.keyId) return { signer: '', serial: '' };
  if (id?.tag !== tags.sequence) return undefined;
  const [issuer, serial] = children(id.value);
  if (issuer === undefined || serial === undefined) return undefined;
  return { signer: commonName(issuer.value), serial: hexadecimal(serial.value) };
}

/** id-at-commonName, 2.5.4.3 (RFC 5280, appendix A). */
const commonNameId = '550403';

function commonName(name: Uint8Array): string {
  for (const set of children(name)) {
    for (const pair of children(set.value)) {
      const [type, value] = children(pair.value);
      if (type && value && hexadecimal(type.value) === commonNameId)
        return new TextDecoder().decode(value.value);
    }
  }
  return '';
}

/** A signer is named by issuer and serial number, or by subjectKeyIdentifier, `[0]`. */
const tags = { sequence: 0x30, keyId: 0x80 } as const;

interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** The elements of a DER value (X.690, section 8.1), as far as they are whole. */
function children(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes[at] ?? 0;
    const short = bytes[at + 1] ?? 0;
    const more = short < 0x80 ? 0 : short & 0x7f;
    const start = at + 2 + more;
    const length =
      more === 0 ? short : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    if (more > 4 || start + length > bytes.length) break;
    found.push({ tag, value: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function hexadecimal(bytes: Uint8Array): string {
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(00)+(?=.)/, '').toUpperCase();
}
