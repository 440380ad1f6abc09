/** EFI_CERT_X509_GUID, a5c059a1-94e4-4aa7-87b5-ab155c2bf072, as it is in memory. */
const x509 = 'a159c0a5e494a74a87b5ab155c2bf072';

/** Type, size of the list, of its header and of one signature (UEFI specification, section 32.4.1). */
const listHeader = 28;

/** Of whom a signature is, in front of each. */
const ownerLength = 16;

/** The certificates (DER) in a variable of signature lists, without the attributes that efivarfs puts in front. */
export function certificatesOf(variable: Uint8Array): Uint8Array[] {
  const view = new DataView(variable.buffer, variable.byteOffset, variable.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at + listHeader <= variable.length; ) {
    const size = view.getUint32(at + 16, true);
    const each = view.getUint32(at + 24, true);
    if (size < listHeader || at + size > variable.length) break;
    const isOfCertificates = hexadecimal(variable.subarray(at, at + 16)) === x509;
    const first = at + listHeader + view.getUint32(at + 20, true);
    for (let one = first; isOfCertificates && each > ownerLength && one + each <= at + size; one += each)
      found.push(variable.subarray(one + ownerLength, one + each));
    at += size;
  }
  return found;
}

function hexadecimal(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
