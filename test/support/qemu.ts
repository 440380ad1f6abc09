import { appendFile, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { scratchDirectory } from './cache.ts';
import { packInitramfs } from './initramfs.ts';
import { execute } from './process.ts';
import type { TestRoot } from './roots.ts';

export interface BootOptions {
  kernel: string;
  /** A shell script (the root's sh and kmod, busybox for the rest) that runs as root in the booted kernel. */
  commands: string;
  /** The modules to take along; everything they depend on comes with them. */
  modules?: readonly string[];
  /** An initramfs image of the root: its files are there as well, below those that are brought along. */
  initramfs?: string;
  kernelArguments?: readonly string[];
  timeoutSeconds?: number;
}

export interface BootResult {
  exitCode: number;
  output: string;
  seconds: number;
}

const begin = '=====begin=====';
const end = '=====end=====';

/** Boots a kernel of the root in an emulated machine, runs the commands there and powers it off. */
export async function bootRoot(root: TestRoot, options: BootOptions): Promise<BootResult> {
  const { kernel, commands, modules = [] } = options;
  const directory = await scratchDirectory('memory');
  try {
    const image = join(directory, 'vmlinuz');
    await root.copyOut(`/boot/vmlinuz-${kernel}`, image);
    const init = initScript(commands);
    const packed = await packInitramfs(root, { kernel, modules, init }, directory);
    const initramfs = await onTopOf(options.initramfs, { root, packed, directory });
    const files = ['-kernel', image, '-initrd', initramfs];
    const machine = await execute([...qemu, ...files, '-append', kernelCommandLine(options)], {
      allowFailure: true,
      timeoutSeconds: options.timeoutSeconds ?? 120,
    });
    return { ...parseConsole(machine.log), seconds: machine.seconds };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The kernel reads one archive after the other, each from a multiple of four bytes on. */
async function onTopOf(
  path: string | undefined,
  { root, packed, directory }: { root: TestRoot; packed: string; directory: string },
): Promise<string> {
  if (path === undefined) return packed;
  const image = join(directory, 'own');
  await root.copyOut(path, image);
  const { size } = await stat(image);
  await truncate(image, Math.ceil(size / 4) * 4);
  await appendFile(image, await readFile(packed));
  return image;
}

const qemu = [
  ...['qemu-system-x86_64', '-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-no-reboot', '-nodefaults'],
  ...['-display', 'none', '-serial', 'stdio'],
];

function kernelCommandLine({ kernelArguments = [] }: BootOptions): string {
  return ['console=ttyS0', 'panic=-1', 'quiet', 'loglevel=1', ...kernelArguments].join(' ');
}

function initScript(commands: string): string {
  return `#!/busybox/busybox sh
/busybox/busybox --install -s /busybox
export PATH=/usr/sbin:/usr/bin:/busybox HOME=/ LC_ALL=C
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
cat >/tmp/commands <<'${end}'
${commands}
${end}
echo ${begin}
/bin/sh /tmp/commands </dev/null 2>&1
echo "${end} $?"
sync
reboot -f
`;
}

function parseConsole(log: string): { exitCode: number; output: string } {
  const text = log.replaceAll('\r', '');
  const found = new RegExp(`^${begin}\\n([^]*?)^${end} (\\d+)$`, 'm').exec(text);
  if (found === null) throw new Error(`the machine did not run its commands:\n${text.slice(-4000)}`);
  return { output: found[1] ?? '', exitCode: Number(found[2]) };
}
