import { join } from 'node:path';
import { filesIn } from '../../src/system/fingerprint.ts';
import type { DemoKernel } from './kernel.ts';
import { deleteKernel, editHeader } from './machine.ts';
import type { State } from './state.ts';

/** One package event: what the package manager does, what it tells the engine, and what must come of it. */
export interface Step {
  readonly title: string;
  readonly told: string;
  /** Plays the package manager before the event; returns lines that say what it did. */
  readonly before?: (root: string, kernel: DemoKernel, state: State) => Promise<readonly string[]>;
  /** As `kmodsmith plan --event` takes it, without the release. */
  readonly event: string;
  readonly hook: 'header_postinst.d' | 'postinst.d' | 'prerm.d';
  readonly environment: (kernel: DemoKernel) => Readonly<Record<string, string>>;
  /** What the plan has to say. */
  readonly plan: RegExp;
  readonly outcome: 'built' | 'rebuilt' | 'untouched' | 'gone';
  readonly after?: (root: string, kernel: DemoKernel) => Promise<readonly string[]>;
}

export const story: readonly Step[] = [
  {
    title: 'The headers arrive',
    told: 'The package manager unpacks the headers of the kernel, then runs the hooks.',
    before: (root, kernel) => kernel.installHeaders(root),
    event: 'headers:install',
    hook: 'header_postinst.d',
    environment: () => ({ DEB_MAINT_PARAMS: 'configure ' }),
    plan: /: build and install, /,
    outcome: 'built',
  },
  {
    title: 'The headers are upgraded under the same name, nothing relevant changed',
    told: 'Every file is laid down anew, and a header that the module does not read has other contents.',
    before: async (root, kernel, state) => {
      const lines = await kernel.installHeaders(root);
      const header = unreadHeader(root, kernel, state);
      await editHeader(root, kernel, header);
      return [...lines, `edit $root${kernel.headersFolder}/${header}, which the module does not read`];
    },
    event: 'headers:upgrade',
    hook: 'header_postinst.d',
    environment: configured,
    plan: /: up to date, [\s\S]*Nothing to do/,
    outcome: 'untouched',
  },
  {
    title: 'One header that the module reads has changed',
    told: 'Again an upgrade under the same name. Only the contents tell that this one matters.',
    before: async (root, kernel) => {
      await editHeader(root, kernel, kernel.header);
      return [`edit $root${kernel.headersFolder}/${kernel.header}`];
    },
    event: 'headers:upgrade',
    hook: 'header_postinst.d',
    environment: configured,
    plan: /: rebuild, \S*\/include\/linux\/(videodev2|lantern)\.h changed /,
    outcome: 'rebuilt',
  },
  {
    title: 'The kernel package is reconfigured',
    told: 'Nothing has changed, but the administrator asks: dpkg-reconfigure of the linux-image package.',
    event: 'image:reconfigure',
    hook: 'postinst.d',
    environment: (kernel) => ({ DEBCONF_RECONFIGURE: '1', ...configured(kernel) }),
    plan: /: rebuild, .*reconfigured/,
    outcome: 'rebuilt',
  },
  {
    title: 'The kernel is removed',
    told: 'The hook runs before the files of the kernel are deleted.',
    event: 'image:remove',
    hook: 'prerm.d',
    environment: () => ({ DEB_MAINT_PARAMS: 'remove' }),
    plan: /: remove, /,
    outcome: 'gone',
    after: async (root, kernel) => {
      await deleteKernel(root, kernel);
      return [`delete the kernel's own files; its headers stay, in $root${kernel.headersFolder}`];
    },
  },
];

function configured({ version }: DemoKernel) {
  return { DEB_MAINT_PARAMS: `configure ${version}` };
}

function unreadHeader(root: string, { headersFolder }: DemoKernel, { headers }: State): string {
  const folder = join(headersFolder, 'include/linux');
  const read = new Set(headers);
  const name = filesIn(join(root, folder)).find((file) => !read.has(join(root, folder, file)));
  if (name === undefined) throw new Error(`the module reads every header in ${folder}`);
  return `include/linux/${name}`;
}

/** What is wrong after a step, or what is right in words. */
export function judge(
  { outcome }: Step,
  { release, module }: DemoKernel,
  { earlier, present }: { earlier: State; present: State },
): { right: string } | { wrong: string } {
  const { installed, builtAt } = present;
  if (outcome === 'gone') {
    if (installed !== undefined) return { wrong: `${installed.path} is still there` };
    return builtAt === 0
      ? { right: `no ${module.name}.ko and no build is left` }
      : { wrong: 'the build is still there' };
  }
  if (installed === undefined) return { wrong: `${module.name}.ko is not installed` };
  if (installed.vermagic !== release)
    return { wrong: `${installed.path} has the vermagic ${installed.vermagic}` };
  if (present.index?.includes(`/${module.name}.ko`) === false)
    return { wrong: 'depmod does not know the module' };
  const same = builtAt === earlier.builtAt;
  if (outcome === 'untouched') {
    const { sha256, modified } = earlier.installed ?? {};
    const untouched = same && installed.sha256 === sha256 && installed.modified === modified;
    return untouched
      ? { right: `${installed.path} was not touched` }
      : { wrong: `${installed.path} was replaced` };
  }
  if (same || installed.modified === earlier.installed?.modified) return { wrong: 'there is no new build' };
  return {
    right: `${installed.path} is ${outcome === 'built' ? 'there' : 'new'}, with the vermagic of ${release}`,
  };
}
