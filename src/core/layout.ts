import { join } from 'node:path';
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
  readonly queue: string;
  readonly failures: string;
  readonly lock: string;
}

/** `root` is an absolute path without a trailing slash, or `/`. */
export function layoutOf(root: string): Layout {
  const state = join(root, 'var/lib/kmodsmith');
  return {
    root,
    dkmsTree: join(root, 'var/lib/dkms'),
    sourceTree: join(root, 'usr/src'),
    installTree: join(root, 'lib/modules'),
    bootFolder: join(root, 'boot'),
    queue: join(state, 'queue'),
    failures: join(state, 'failures'),
    lock: join(state, 'lock'),
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

export function failureFolder(layout: Layout, at: BuildCoordinates): string {
  return join(layout.failures, at.module.name, at.module.version, at.release, at.arch);
}

export function modulesFolder(layout: Layout, release: string): string {
  return join(layout.installTree, release);
}
