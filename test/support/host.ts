import { execute } from './process.ts';

const packages = [
  'bubblewrap busybox-static cpio debian-archive-keyring debootstrap kmod mount qemu-system-x86',
  'shellcheck util-linux xz-utils zstd',
].flatMap((line) => line.split(' '));

/** Installs what the system tests need on a Debian host; says what it does. */
export async function prepareHost(): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  console.log(`test bed: installing ${missing.join(' ')}`);
  const env = { ...definedEnvironment(), DEBIAN_FRONTEND: 'noninteractive' };
  await execute(['apt-get', 'update'], { env });
  await execute(['apt-get', 'install', '--yes', '--no-install-recommends', ...missing], { env });
}

async function missingPackages(): Promise<string[]> {
  const query = ['dpkg-query', '--show', '--showformat=${Package} ${db:Status-Status}\\n', ...packages];
  const known = (await execute(query, { allowFailure: true })).stdout.toString().split('\n');
  return packages.filter((name) => !known.includes(`${name} installed`));
}

function definedEnvironment(): Record<string, string> {
  const pairs = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(pairs);
}
