import { join, resolve } from 'node:path';
import type { ModuleId } from '../policy/types.ts';

/**
 * Where everything is, below one root. dkms's tree is dkms's own (dkms(8), FILES); what we keep besides is either a
 * file that dkms ignores and deletes together with the build it belongs to, or below our own state folder.
 */
export interface Layout {
  readonly root: string;
  readonly dkmsTree: string;
  readonly sourceTree: string;
  readonly installTree: string;
  readonly bootFolder: string;
  /** Where an admin overrides what packages say: `<module>.conf`, `<module>/patches`, `<module>/<script>`. */
  readonly configFolder: string;
  readonly queue: string;
  readonly failures: string;
  /** Of attempts to build, a folder a pair. */
  readonly logs: string;
  /** What the shell may take for an answer while nothing has changed, a file a call. */
  readonly settled: string;
  /** What the engine did and why, a line a run. */
  readonly history: string;
  readonly lock: string;
  /** What somebody asked for by name and an engine has begun. */
  readonly journal: string;
  /** Notes of a package upgrade under way. */
  readonly rpmNotes: string;
  /** From which kernels modules were removed last, a file each. */
  readonly removed: string;
  /** Of which kernels the initramfs lags behind the modules, a file each. */
  readonly initramfs: string;
  /** Proofs that modules of other kernels fit which kernels have links to, a folder a kernel. */
  readonly weak: string;
  /** What builds find before the machine's own: programs, and a makefile. */
  readonly programs: string;
  /** Makefiles that know what kbuild finds the same for all modules while builds run, a folder a kernel. */
  readonly probes: string;
  /** The FIFO by which all makes of a run share the processors. */
  readonly jobserver: string;
}

/** Names the lock that whoever started us holds while we run: a script or a hook may well call us. */
export const lockVariable = 'KMODSMITH_LOCK';

/** The trees of dkms, as absolute paths inside the root. */
export type Trees = Readonly<Record<'dkmsTree' | 'sourceTree' | 'installTree', string>>;

const standardTrees: Trees = {
  dkmsTree: '/var/lib/dkms',
  sourceTree: '/usr/src',
  installTree: '/lib/modules',
};

/**
 * `root` is an absolute path without a trailing slash, or `/`. Our own state of a tree elsewhere is inside that tree,
 * where whoever may write to it may write to that too; dkms does not look at names with a dot in front. The queue is
 * where the shell hooks write.
 */
export function layoutOf(root: string, trees: Trees = standardTrees): Layout {
  const isStandard = resolve(trees.dkmsTree) === standardTrees.dkmsTree;
  const machineState = join(root, 'var/lib/kmodsmith');
  const state = isStandard ? machineState : join(root, trees.dkmsTree, '.kmodsmith');
  return {
    root,
    dkmsTree: join(root, trees.dkmsTree),
    sourceTree: join(root, trees.sourceTree),
    installTree: join(root, trees.installTree),
    bootFolder: join(root, 'boot'),
    configFolder: join(root, 'etc/dkms'),
    queue: join(machineState, 'queue'),
    failures: join(state, 'failures'),
    logs: join(state, 'logs'),
    settled: join(machineState, 'settled'),
    history: join(state, 'history.jsonl'),
    lock: join(state, 'lock'),
    journal: join(state, 'journal.json'),
    rpmNotes: join(state, 'rpm'),
    removed: join(state, 'removed'),
    initramfs: join(state, 'initramfs'),
    weak: join(state, 'weak'),
    programs: join(state, 'bin'),
    probes: join(state, 'probes'),
    jobserver: join(state, 'jobserver'),
  };
}

/** A module for a kernel release and machine: the coordinates of one build. */
export interface BuildCoordinates {
  readonly module: ModuleId;
  readonly release: string;
  readonly arch: string;
}

export function moduleFolder(layout: Layout, module: ModuleId): string {
  return join(layout.dkmsTree, module.name, module.version);
}

/** The symlink to /usr/src/<name>-<version> that is the registration of a module. */
export function registrationLink(layout: Layout, module: ModuleId): string {
  return join(moduleFolder(layout, module), 'source');
}

/** Where make runs; a real path that many dkms.conf name literally, so builds of one module take turns. */
export function buildFolder(layout: Layout, module: ModuleId): string {
  return join(moduleFolder(layout, module), 'build');
}

/** What a finished build consists of: module/, log/ and our two documents. */
export function resultFolder(layout: Layout, at: BuildCoordinates): string {
  return join(moduleFolder(layout, at.module), at.release, at.arch);
}

export function provenanceFile(layout: Layout, at: BuildCoordinates): string {
  return join(resultFolder(layout, at), 'provenance.json');
}

export function manifestFile(layout: Layout, at: BuildCoordinates): string {
  return join(resultFolder(layout, at), 'manifest.json');
}

/** The relative symlink that says which version is installed: `kernel-<release>-<arch>`. */
export function activeLink(layout: Layout, at: BuildCoordinates): string {
  return join(layout.dkmsTree, at.module.name, `kernel-${at.release}-${at.arch}`);
}

/** Where the modules are kept that an install put another in place of, each with a `.origin` file (dkms(8)). */
export function archiveFolder(layout: Layout, { module, release, arch }: BuildCoordinates): string {
  return join(layout.dkmsTree, module.name, 'original_module', release, arch);
}

export function failureFolder(layout: Layout, at: BuildCoordinates): string {
  return join(layout.failures, at.module.name, at.module.version, at.release, at.arch);
}

export function logFolder(layout: Layout, at: BuildCoordinates): string {
  return join(layout.logs, at.module.name, at.module.version, at.release, at.arch);
}

/** Below a kernel's modules: links to modules of other kernels, as weak-modules and weak-modules2 make them. */
export const weakFolder = 'weak-updates';

export function modulesFolder(layout: Layout, release: string): string {
  return join(layout.installTree, release);
}
