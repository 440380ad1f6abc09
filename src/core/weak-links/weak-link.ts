import type { BuildCoordinates } from '../layout.ts';
import { describeFault, type ModuleFault } from '../verify/module-faults.ts';

/** A link by which a kernel loads a module of ours that was built for another kernel. */
export interface WeakLink {
  /** The module, and the kernel that it was built for. */
  readonly at: BuildCoordinates;
  /** The kernel that has the link. */
  readonly release: string;
  /** Absolute path inside the root, as all paths here. */
  readonly path: string;
  /** What it leads to. */
  readonly target: string;
}

/** Why a kernel would not load what a link leads to. */
export type LinkFault = ModuleFault | { readonly code: 'file-missing' };

/** As a clause. */
export function describeLinkFault(
  { path, target }: Pick<WeakLink, 'path' | 'target'>,
  fault: LinkFault,
): string {
  if (fault.code === 'file-missing') return `${target}, to which it leads, is not there`;
  return describeFault(objectOf(path), fault);
}

/** The name of the module that a link stands for, without `.ko`. */
export function objectOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.ko(\..*)?$/, '');
}
