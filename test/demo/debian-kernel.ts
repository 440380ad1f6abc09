import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { moduleCompression, parseKernelConfig } from '../../src/formats/kernel-config.ts';
import { filesBelow } from '../../src/system/fingerprint.ts';
import { fetchPackages, type Packages } from './apt-packages.ts';
import type { DemoKernel } from './kernel.ts';
import { capture, missingPrograms } from './programs.ts';

/** Real headers and a real module of this machine's distribution. @throws Error saying what stands in the way. */
export async function debianKernel(scratch: string, signal: AbortSignal): Promise<DemoKernel> {
  await requirePrograms(['apt-get', 'apt-cache', 'dpkg', 'dpkg-deb', 'ldd', 'ld', 'objcopy']);
  const packages = await fetchPackages(signal);
  const { folder, release, headers } = packages;
  const unpack = (name: string, target: string) =>
    capture(['dpkg-deb', '-x', join(folder, name), target], signal);
  await requireUsable(packages, { scratch, unpack, signal });
  const field = (name: string, what: string) => capture(['dpkg-deb', '-f', join(folder, name), what], signal);
  const common = headers.find((name) => /^linux-headers-/.test(name) && name !== headers[0]);
  return {
    release,
    version: await field(headers[0] ?? '', 'Version'),
    // Debian's revision is no part of the name in /usr/src.
    module: {
      name: 'v4l2loopback',
      version: (await field(packages.module, 'Version')).replace(/-[^-]*$/, ''),
    },
    headersFolder: `/usr/src/${basename(common ?? headers[0] ?? '', '.deb')}`,
    header: 'include/linux/videodev2.h',
    installSource: async (root) => {
      await unpack(packages.module, root);
    },
    installHeaders: async (root) => {
      for (const name of headers) await unpack(name, root);
      return [...headers.map((name) => `dpkg-deb -x ${name} $root`), ...(await relocate(root, release))];
    },
  };
}

async function requirePrograms(wanted: readonly string[]): Promise<void> {
  const missing = await missingPrograms(wanted);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not found`);
}

interface Probing {
  readonly scratch: string;
  readonly unpack: (name: string, target: string) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** Headers want the compiler that made the kernel, and bring programs that need libraries. */
async function requireUsable(
  { headers, release }: Packages,
  { scratch, unpack, signal }: Probing,
): Promise<void> {
  const probe = await mkdtemp(join(scratch, 'probe-'));
  for (const name of headers) if (!name.endsWith('-common.deb')) await unpack(name, probe);
  const config = parseKernelConfig(
    await readFile(join(probe, `usr/src/linux-headers-${release}/.config`), 'utf8'),
  );
  const compiler = config.get('CONFIG_CC_VERSION_TEXT')?.split(' ')[0] ?? 'gcc';
  const compression = moduleCompression(config);
  await requirePrograms([compiler, ...(compression === 'none' ? [] : [compression])]);
  const programs = filesBelow(probe).filter((path) => /\/(fixdep|modpost|objtool)$/.test(path));
  for (const path of programs) {
    const lacking = /^\s*(\S+) => not found/m.exec(await capture(['ldd', join(probe, path)], signal))?.[1];
    if (lacking !== undefined) throw new Error(`${basename(path)} of the headers needs ${lacking}`);
  }
  await rm(probe, { recursive: true });
}

/**
 * Debian's build tree includes its common part by an absolute path, which the host's make would look for on the host.
 * Everything else in it is relative, or a symlink that the engine follows inside of the root.
 */
async function relocate(root: string, release: string): Promise<string[]> {
  const name = `/usr/src/linux-headers-${release}/Makefile`;
  const text = await readFile(join(root, name), 'utf8');
  const moved = text.replace(/^include \/usr\/src\//gm, `include ${root}/usr/src/`);
  if (moved === text) return [];
  await writeFile(join(root, name), moved);
  return [`relocate $root${name}: include /usr/src/… becomes include $root/usr/src/…`];
}
