import { join } from 'node:path';
import { isChroot } from '../system/chroot.ts';
import { exists } from '../system/files.ts';
import { isInside } from '../system/inside.ts';
import type { Layout } from './layout.ts';

/**
 * What a system is for kernel modules. A `machine` runs a kernel of its own. An `image` is for others to run: what is below
 * another root, in a container or in a chroot. One that booted by `ostree` takes its modules from its image: /usr cannot
 * be written to, and what a package's scripts do to /var is thrown away.
 */
export interface SystemKind {
  readonly kind: 'machine' | 'image' | 'ostree';
  /** As a clause. */
  readonly why: string;
}

export interface KindQuestion {
  readonly layout: Pick<Layout, 'root'>;
  /** The caller's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export async function findSystemKind(question: KindQuestion): Promise<SystemKind> {
  const ostree = await whyOstree(question);
  if (ostree !== undefined) return { kind: 'ostree', why: ostree };
  const image = await whyImage(question);
  return image === undefined
    ? { kind: 'machine', why: 'it runs a kernel of its own' }
    : { kind: 'image', why: image };
}

/**
 * Why the system is one that booted by ostree; undefined for all others. rpm-ostree shows its mark to the scripts of packages,
 * too, and kernel-install(8) tells its plugins. A container that becomes the image of such a system has neither, and is an
 * image like others.
 */
export async function whyOstree({
  layout: { root },
  environment,
}: KindQuestion): Promise<string | undefined> {
  if (environment['KERNEL_INSTALL_LAYOUT'] === 'ostree') return 'kernel-install has layout=ostree';
  return (await exists(join(root, ostreeMark))) ? `${ostreeMark} is there` : undefined;
}

const ostreeMark = '/run/ostree-booted';

/** What there is to do for the modules of such a system. */
export const ostreeAdvice =
  'Modules for such a system are built into its image: kmodsmith install --root FOLDER, or --all where the image is made.';

/** What container engines leave (systemd's CONTAINER_INTERFACE, and those that do not follow it). */
const containerMarks = ['/run/.containerenv', '/run/host/container-manager', '/.dockerenv'];

async function whyImage({ layout: { root }, environment }: KindQuestion): Promise<string | undefined> {
  if (isInside || root !== '/') return 'it is worked on from outside';
  for (const mark of containerMarks) if (await exists(mark)) return `it is a container, ${mark} is there`;
  if (environment['container']) return 'it is a container';
  return (await isChroot({ environment })) ? 'it is a chroot' : undefined;
}
