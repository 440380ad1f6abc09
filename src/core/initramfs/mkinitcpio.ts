import { basename, join } from 'node:path';
import { listFolder, readTextIfPresent } from '../../system/files.ts';
import { resolveInRoot } from '../../system/root.ts';
import type { Layout } from '../layout.ts';
import { besideImage, hasProgram, type InitramfsTool, type Place } from './tool.ts';

/** How one kernel's images are made (mkinitcpio(8), PRESETS). */
export interface Preset {
  readonly name: string;
  /** Unified kernel images too; the one of the default configuration first. */
  readonly images: readonly string[];
  readonly configs: readonly string[];
}

/** Arch's (mkinitcpio(8), mkinitcpio.conf(5)): a preset makes all images of a kernel. */
export async function mkinitcpio({ layout, release, images }: Place): Promise<InitramfsTool | undefined> {
  if (!(await hasProgram(layout, 'mkinitcpio'))) return undefined;
  const preset = await findPreset(layout, release);
  const image = images.find((path) => preset?.images.includes(path) ?? !path.startsWith('/boot/booster-'));
  if (image === undefined) return undefined;
  const output = await besideImage(layout, image);
  const configs = [...(preset?.configs ?? []), '/etc/mkinitcpio.conf', '/etc/mkinitcpio.conf.d'];
  return {
    name: 'mkinitcpio',
    image,
    list: (path) => ['lsinitcpio', path],
    settings: [...configs, ...(await installHooks(layout, configs))],
    update:
      preset === undefined
        ? { argv: ['mkinitcpio', '-k', release, '-g', output], output }
        : { argv: ['mkinitcpio', '-p', preset.name] },
  };
}

const presetFolder = '/etc/mkinitcpio.d';

/** The preset that is named after the kernel's package, or that is for exactly this release. */
export async function findPreset(layout: Layout, release: string): Promise<Preset | undefined> {
  const owner = (await readText(layout, join('/lib/modules', release, 'pkgbase')))?.trim();
  for (const { name: file } of await listFolder(await resolveInRoot(layout.root, presetFolder))) {
    if (!file.endsWith('.preset')) continue;
    const values = parseAssignments((await readText(layout, join(presetFolder, file))) ?? '');
    const name = basename(file, '.preset');
    const kernels = valuesOf(values, 'kver').map((path) => path.replace(/^.*\/vmlinuz-/, ''));
    if (name !== owner && !kernels.includes(release)) continue;
    const images = [...valuesOf(values, 'image'), ...valuesOf(values, 'uki')];
    return { name, images, configs: valuesOf(values, 'config') };
  }
  return undefined;
}

/** `ALL_kver="/boot/vmlinuz-linux"`; arrays and what a shell would have to work out are left alone. */
function parseAssignments(text: string): Map<string, string> {
  const found = text.matchAll(/^\s*(\w+)=(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`(]+))\s*(?:#.*)?$/gm);
  return new Map([...found].map(([, name = '', ...values]) => [name, values.find((value) => value) ?? '']));
}

/** Those of `ALL_<what>` and `default_<what>` before those of other configurations. */
function valuesOf(values: ReadonlyMap<string, string>, what: string): string[] {
  const first = ['ALL', 'default'].flatMap((prefix) => values.get(`${prefix}_${what}`) ?? []);
  const others = [...values].filter(([name]) => name.endsWith(`_${what}`)).map(([, value]) => value);
  return [...new Set([...first, ...others])].filter((value) => value !== '');
}

/** The hooks that a configuration has in HOOKS say what they add in files of their names. */
async function installHooks(layout: Layout, configs: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(configs.map((path) => readText(layout, path)));
  const lists = texts.flatMap((text) => [...(text ?? '').matchAll(/^\s*HOOKS\+?=\(([^)]*)\)/gm)]);
  const names = new Set(lists.flatMap(([, list = '']) => list.match(/[\w-]+/g) ?? []));
  const folders = ['/etc/initcpio/install', '/usr/lib/initcpio/install'];
  return [...names].flatMap((name) => folders.map((folder) => join(folder, name)));
}

async function readText({ root }: Layout, path: string): Promise<string | undefined> {
  return readTextIfPresent(await resolveInRoot(root, path)).catch(() => undefined);
}
