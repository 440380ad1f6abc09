import { resolve } from 'node:path';
import type { HookSpec, KernelSpec, ScriptForm } from '../adapters/types.ts';
import { findPkgbuildModule } from '../core/arch-source.ts';
import { findPackagedModule } from '../core/debian-source.ts';
import { findSpecModule, readSpecRelease } from '../core/spec-source.ts';
import { KmodsmithError } from '../errors.ts';
import { isPackageName } from '../formats/debian-words.ts';
import { isRpmPackageName } from '../formats/rpm-words.ts';
import { isArchPackageName } from '../formats/srcinfo.ts';
import { parseKernel, parseModule } from './context.ts';

export interface SubjectOptions {
  /** Whose packages they are. */
  readonly adapter: keyof typeof packagings;
  readonly kind: HookSpec['kind'];
  readonly source?: string | undefined;
  readonly package?: string | undefined;
  readonly module?: string | undefined;
  readonly release?: string | undefined;
  readonly part?: KernelSpec['part'] | undefined;
  readonly form: ScriptForm;
}

/** What differs between the sources of packages; `readRelease`: what they say of a kernel. */
const packagings = {
  dpkg: { findModule: findPackagedModule, readKernelName: debianKernel, readRelease: undefined },
  pacman: { findModule: findPkgbuildModule, readKernelName: archKernel, readRelease: undefined },
  rpm: { findModule: findSpecModule, readKernelName: rpmKernel, readRelease: readSpecRelease },
} as const;

interface Subject {
  readonly spec: HookSpec;
  /** What it was found out to be. */
  readonly about?: object;
}

/**
 * What the command line asks to render.
 * @throws KmodsmithError USAGE, and as findPackagedModule, findPkgbuildModule and findSpecModule.
 */
export async function generateSubject(options: SubjectOptions): Promise<Subject> {
  refuseUnfit(options);
  const { kind, source = '.', package: package_, module, form } = options;
  switch (kind) {
    case 'toolkit':
      return { spec: { kind } };
    case 'kernel':
      return { spec: await kernelSpec(options) };
    case 'module': {
      const id = module === undefined ? undefined : parseModule(module);
      const { findModule } = packagings[options.adapter];
      const about = await findModule({ source: resolve(source), package: package_, module: id });
      return { spec: { kind, form, package: about.package, module: about.module }, about };
    }
  }
}

/** Which options say something about a package of that kind. */
const fitting = {
  toolkit: [],
  module: ['source', 'package', 'module'],
  kernel: ['package', 'release', 'part'],
} as const satisfies Record<HookSpec['kind'], readonly (keyof SubjectOptions)[]>;

function refuseUnfit(options: SubjectOptions): void {
  const { readRelease } = packagings[options.adapter];
  const fits: readonly string[] = [
    ...fitting[options.kind],
    ...(options.kind === 'kernel' && readRelease ? ['source'] : []),
  ];
  const given = ['source', 'package', 'module', 'release', 'part'] as const;
  const unfit = given.find((name) => options[name] !== undefined && !fits.includes(name));
  const isBare = options.kind === 'toolkit' && options.form !== 'script';
  if (unfit === undefined && !isBare) return;
  throw new KmodsmithError('USAGE', `--${unfit ?? 'form'} says nothing about a ${options.kind}`, {
    hint: 'Leave it out, or generate for what it is about.',
  });
}

async function kernelSpec(options: SubjectOptions): Promise<KernelSpec> {
  const { package: package_ = '', source, form } = options;
  const { readKernelName, readRelease } = packagings[options.adapter];
  const { isName, told } = readKernelName(package_);
  if (!isName) {
    throw new KmodsmithError('USAGE', `'${package_}' is not the name of a kernel's package`, {
      hint: 'Give the binary package with --package.',
    });
  }
  const part = options.part ?? told.part;
  const read = options.release === undefined && source !== undefined ? readRelease : undefined;
  const release = options.release ?? told.release ?? (await read?.(resolve(source ?? ''), package_));
  if (part === undefined || release === undefined) {
    throw new KmodsmithError('USAGE', `the name ${package_} does not say what of which kernel it holds`, {
      hint: 'Give --part and --release.',
    });
  }
  return { kind: 'kernel', package: package_, part, release: parseKernel(release), form };
}

interface KernelName {
  readonly isName: boolean;
  /** What it says. */
  readonly told: { readonly part?: KernelSpec['part']; readonly release?: string };
}

/** Most kernels' packages are called linux-image-RELEASE and linux-headers-RELEASE. */
function debianKernel(name: string): KernelName {
  const [, part, release = ''] = /^linux-(image|headers)-(.+)$/.exec(name) ?? [];
  const isTold = part === 'image' || part === 'headers';
  return { isName: isPackageName(name), told: isTold ? { part, release } : {} };
}

/** PACKAGE and PACKAGE-headers, whatever the release. */
function archKernel(name: string): KernelName {
  return { isName: isArchPackageName(name), told: { part: name.endsWith('-headers') ? 'headers' : 'image' } };
}

/** PACKAGE, or PACKAGE-core and the like, and PACKAGE-devel, whatever the release. */
function rpmKernel(name: string): KernelName {
  return { isName: isRpmPackageName(name), told: { part: name.endsWith('-devel') ? 'headers' : 'image' } };
}
