import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory } from './cache.ts';
import { execute } from './process.ts';
import type { TestRoot } from './roots.ts';

const mark = '~Module signature appended~\n';
/** struct module_signature (include/linux/module_signature.h); its last field is the length of what comes before. */
const headerLength = 12;

/** The module without its signature, and the signature, which is CMS; undefined when there is none. */
export function splitSignature(module: Buffer): { content: Buffer; signature: Buffer } | undefined {
  const end = module.length - mark.length;
  if (module.subarray(end).toString('latin1') !== mark) return undefined;
  const start = end - headerLength - module.readUInt32BE(end - 4);
  return { content: module.subarray(0, start), signature: module.subarray(start, end - headerLength) };
}

/** Whether openssl finds that a module is signed with the key of a certificate (DER). */
export async function isSignedBy(module: Buffer, certificate: Buffer): Promise<boolean> {
  const parts = splitSignature(module);
  if (parts === undefined) return false;
  const folder = await scratchDirectory('memory');
  const at = (name: string) => join(folder, name);
  try {
    await writeFile(at('content'), parts.content);
    await writeFile(at('signature'), parts.signature);
    await writeFile(at('der'), certificate);
    await execute(['openssl', 'x509', '-inform', 'DER', '-in', at('der'), '-out', at('pem')]);
    const input = ['-inform', 'DER', '-in', at('signature'), '-content', at('content'), '-out', at('out')];
    const signer = ['-certfile', at('pem'), '-noverify'];
    const argv = ['openssl', 'cms', '-verify', '-binary', ...input, ...signer];
    const { exitCode } = await execute(argv, { allowFailure: true });
    return exitCode === 0 && (await readFile(at('out'))).equals(parts.content);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The bytes of an xz-compressed module in a root. */
export async function readModule(root: TestRoot, path: string): Promise<Buffer> {
  const plain = '/srv/plain.ko';
  await root.run(['sh', '-c', 'xz -dc "$1" >"$2"', 'unpack', path, plain]);
  return root.readBytes(plain);
}
