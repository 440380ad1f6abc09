import { resolve } from 'node:path';
import type { HookSpec, KernelSpec, ScriptForm } from '../adapters/types.ts';
import { findPackagedModule } from '../core/debian-source.ts';
import { KmodsmithError } from '../errors.ts';
import { isPackageName } from '../formats/debian-words.ts';
import { parseKernel, parseModule } from './context.ts';

export interface SubjectOptions {
  readonly kind: HookSpec['kind'];
  readonly source?: string | undefined;
  readonly package?: string | undefined;
  readonly module?: string | undefined;
  readonly release?: string | undefined;
  readonly part?: KernelSpec['part'] | undefined;
  readonly form: ScriptForm;
}

interface Subject {
  readonly spec: HookSpec;
  /** What it was found out to be. */
  readonly about?: object;
}

/**
 * What the command line asks to render.
 * @throws KmodsmithError USAGE, and as findPackagedModule.
 */
export async function generateSubject(options: SubjectOptions): Promise<Subject> {
  refuseUnfit(options);
  const { kind, source = '.', package: package_, module, form } = options;
  switch (kind) {
    case 'toolkit':
      return { spec: { kind } };
    case 'kernel':
      return { spec: kernelSpec(options) };
    case 'module': {
      const id = module === undefined ? undefined : parseModule(module);
      const about = await findPackagedModule({ source: resolve(source), package: package_, module: id });
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
  const fits: readonly string[] = fitting[options.kind];
  const given = ['source', 'package', 'module', 'release', 'part'] as const;
  const unfit = given.find((name) => options[name] !== undefined && !fits.includes(name));
  const isBare = options.kind === 'toolkit' && options.form !== 'script';
  if (unfit === undefined && !isBare) return;
  throw new KmodsmithError('USAGE', `--${unfit ?? 'form'} says nothing about a ${options.kind}`, {
    hint: 'Leave it out, or generate for what it is about.',
  });
}

/** Most kernels' packages are called linux-image-RELEASE and linux-headers-RELEASE. */
function kernelSpec(options: SubjectOptions): KernelSpec {
  const { package: package_ = '', form } = options;
  if (!isPackageName(package_)) {
    throw new KmodsmithError('USAGE', `'${package_}' is not the name of a kernel's package`, {
      hint: 'Give the binary package with --package.',
    });
  }
  const [, called, rest] = /^linux-(image|headers)-(.+)$/.exec(package_) ?? [];
  const part = options.part ?? (called === 'image' || called === 'headers' ? called : undefined);
  const release = options.release ?? rest;
  if (part === undefined || release === undefined) {
    throw new KmodsmithError('USAGE', `the name ${package_} does not say what of which kernel it holds`, {
      hint: 'Give --part and --release.',
    });
  }
  return { kind: 'kernel', package: package_, part, release: parseKernel(release), form };
}
