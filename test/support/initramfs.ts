import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execute } from './process.ts';
import type { TestRoot } from './roots.ts';

export interface InitramfsContent {
  kernel: string;
  modules: readonly string[];
  init: string;
}

// The root's shell too: busybox's own prefers its applets to the real module tools.
const tools = ['sh', 'modprobe', 'depmod', 'lsmod', 'modinfo', 'insmod', 'rmmod'];
// kmod opens these at run time in newer releases, so that no ELF header names them.
const decompressors = ['liblzma.so.*', 'libzstd.so.*', 'libz.so.*'];

/** Packs busybox, the root's own shell and module tools, and the modules wanted with all they depend on. */
export async function packInitramfs(
  root: TestRoot,
  content: InitramfsContent,
  directory: string,
): Promise<string> {
  const files = [...(await toolFiles(root)), ...(await moduleFiles(root, content))];
  const packing = ['cpio', '--create', '--format=newc', '--null', '--quiet', '--file=/tmp/initramfs'];
  await root.run(packing, { input: withParents(files).join('\0') });
  const image = join(directory, 'initramfs');
  await root.copyOut('/tmp/initramfs', image);
  await root.run(['rm', '/tmp/initramfs']);
  await appendInit(image, content.init, join(directory, 'init'));
  return image;
}

async function toolFiles(root: TestRoot): Promise<string[]> {
  const links = await root.run(['sh', '-c', 'for tool; do command -v "$tool"; done', 'tools', ...tools]);
  const kmod = (await root.run(['readlink', '-f', '/sbin/modprobe'])).stdout.trim();
  const libraries = (await root.run(['ldd', kmod])).stdout.matchAll(/(\/\S+) \(0x/g);
  const names = decompressors.flatMap((name) => ['-o', '-name', name]).slice(1);
  const opened = await root.run(['find', '/usr/lib', '(', ...names, ')']);
  const listed = [kmod, ...lines(links.stdout), ...[...libraries].map(([, path]) => path ?? '')];
  return await withTargets(root, [...listed, ...lines(opened.stdout)]);
}

/** Files by the path they are looked up under and by the one they really are at. */
async function withTargets(root: TestRoot, paths: readonly string[]): Promise<string[]> {
  const targets = await root.run(['readlink', '-f', '--', ...paths]);
  const folders = await root.run(['readlink', '-f', '--', ...paths.map(dirname)]);
  const names = paths.map((path) => path.slice(dirname(path).length));
  const links = lines(folders.stdout).map((folder, index) => `${folder}${names[index]}`);
  return ['/bin', '/sbin', '/lib', '/lib64', ...links, ...lines(targets.stdout)];
}

async function moduleFiles(root: TestRoot, { kernel, modules }: InitramfsContent): Promise<string[]> {
  const folder = `/usr/lib/modules/${kernel}`;
  const index = (await root.list(folder)).filter((name) => name.startsWith('modules.'));
  const paths = index.map((name) => `${folder}/${name}`);
  if (modules.length === 0) return paths;
  const needed = await root.run(['modprobe', '--show-depends', '-S', kernel, '--all', ...modules]);
  const found = [...needed.stdout.matchAll(/^insmod (\S+)/gm)].map(([, path]) => path ?? '');
  return [...paths, ...found.map((path) => path.replace(/^\/lib\//, '/usr/lib/'))];
}

/** cpio archives hold each folder before what is in it. */
function withParents(paths: readonly string[]): string[] {
  const all = new Set<string>();
  const add = (path: string) => {
    if (path === '/' || all.has(path)) return;
    add(dirname(path));
    all.add(path);
  };
  paths.forEach(add);
  return [...all].map((path) => path.slice(1));
}

/** The kernel reads archives one after the other: the host's part follows the root's. */
async function appendInit(image: string, init: string, directory: string): Promise<void> {
  await mkdir(join(directory, 'busybox'), { recursive: true });
  await copyFile('/bin/busybox', join(directory, 'busybox/busybox'));
  await writeFile(join(directory, 'init'), init);
  await chmod(join(directory, 'init'), 0o755);
  const packing = ['cpio', '--create', '--format=newc', '--quiet', '--directory', directory];
  const names = 'init\nbusybox\nbusybox/busybox\n';
  await execute([...packing, '--append', '--file', image], { input: names });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
