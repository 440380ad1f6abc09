import { run } from '../system/exec.ts';

/** How the modules of a build are signed, or why they are not. */
export type Signing =
  | {
      readonly sign: true;
      /** The kernel's sign-file, or kmodsign: called with hash, key, certificate and the module. */
      readonly program: string;
      readonly hash: string;
      /** A path or a `pkcs11:` URI. */
      readonly key: string;
      readonly certificate: string;
    }
  | { readonly sign: false; readonly because: string };

/** Signs a module in place; returns what the tool said when it could not. */
export async function signModule(path: string, signing: Signing): Promise<string | undefined> {
  if (!signing.sign) return undefined;
  const { program, hash, key, certificate } = signing;
  const result = await run([program, hash, key, certificate, path]).catch((error: Error) => error);
  if (result instanceof Error) return result.message;
  return result.exitCode === 0 ? undefined : `${result.stdout}${result.stderr}`.trim();
}
