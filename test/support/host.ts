import { execute } from './process.ts';

const packages = [
  'bubblewrap busybox-static cpio debian-archive-keyring debootstrap mount qemu-system-x86',
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
  const selections = await execute(['dpkg', '--get-selections', ...packages]);
  const installed = selections.stdout.toString().matchAll(/^([^\s:]+)\S*\s+(?:install|hold)$/gm);
  const names = new Set([...installed].map(([, name]) => name));
  return packages.filter((name) => !names.has(name));
}

function definedEnvironment(): Record<string, string> {
  const pairs = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return Object.fromEntries(pairs);
}
