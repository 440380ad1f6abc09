import type { BuildFacts, InputChange, KernelFacts, PairFacts } from '../types.ts';
import type { Column } from './columns.ts';
import { type Disk, moduleName, read } from './disk.ts';
import { type Row, releases } from './row.ts';

export interface Cast {
  readonly row: Row;
  readonly kernel: 'old' | 'fresh';
  readonly column: Column;
  readonly isStale: boolean;
}

/** What is on disk before the first event of a row; `kernel` is its K. */
export interface Outset {
  readonly disk: Disk;
  readonly kernel: string;
  /** What dkms.conf says of AUTOINSTALL once the package has been replaced. */
  readonly autoinstall: boolean;
}

/**
 * The machine of every cell: an old kernel, the running one and the newest, which is K where K is a fresh one. Autoinstall
 * has left builds for all of them but a fresh K; what is there by hand is so for the old one.
 */
export function setOut(cast: Cast): Outset {
  const { row, column } = cast;
  const isOn = column === 'autoinstall';
  return {
    disk: diskBefore(cast, row.flips === undefined ? isOn : row.flips === 'off'),
    kernel: releases[cast.kernel],
    autoinstall: row.flips === undefined ? isOn : row.flips === 'on',
  };
}

function diskBefore(cast: Cast, autoinstall: boolean): Disk {
  const kernels = kernelsOf(cast);
  const version = cast.row.before?.version ?? '1.0';
  if (version === 'none') return { facts: { kernels, modules: [], pairs: [] }, sources: {} };
  const module = { name: moduleName, version };
  const pairs = builtReleases(cast, autoinstall).map((kernel): PairFacts => {
    return { module, kernel, autoinstall, build: buildOf(cast) };
  });
  const modules = [{ ...module, registered: true, builtFor: [], installedFor: [] }];
  return read({ facts: { kernels, modules, pairs }, sources: { [version]: autoinstall } });
}

function kernelsOf(cast: Cast): KernelFacts[] {
  const isUnnoticed = cast.row.before?.kernel === 'unnoticed';
  const here = [...earlierReleases(cast), ...(isUnnoticed ? [releases.fresh] : [])];
  return here.map((release) => {
    const isBare = cast.row.before?.headers === 'absent' && release === releases[cast.kernel];
    return {
      ...{ release, arch: 'x86_64', image: 'present', changedAt: 100 },
      headers: { state: isBare ? 'absent' : 'ready' },
      ...(release === releases.running && { running: true }),
    };
  });
}

function earlierReleases({ kernel }: Cast): string[] {
  const { old, running, newest } = releases;
  return kernel === 'fresh' ? [old, running] : [old, running, newest];
}

function builtReleases(cast: Cast, autoinstall: boolean): string[] {
  if (cast.column === 'by-hand') return [releases.old];
  return cast.column === 'autoinstall' && autoinstall ? earlierReleases(cast) : [];
}

/** Made after the kernels' files were laid down. */
function buildOf({ column, isStale, row }: Cast): BuildFacts {
  const origin = column === 'by-hand' ? 'manual' : 'autoinstall';
  return { origin, installed: true, builtAt: 200, changes: isStale ? [changeOf(row)] : [] };
}

/** What an upgrade brings. */
function changeOf({ told }: Row): InputChange {
  const isOfModule = told.flat().some((happening) => happening.startsWith('module'));
  return isOfModule
    ? { kind: 'source', name: 'foo.c', change: 'changed' }
    : { kind: 'header', name: 'include/linux/fs.h', change: 'changed' };
}
