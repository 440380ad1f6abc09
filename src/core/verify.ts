import { KmodsmithError } from '../errors.ts';
import { readElf } from '../formats/elf.ts';
import { undefinedSymbols } from '../formats/elf-symbols.ts';
import { readModinfo, vermagicRelease } from '../formats/modinfo.ts';
import { type BuildRequest, describe } from './build-request.ts';

/** A kernel object as make made it. */
interface Made {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the kernel would say against a built module: VERIFY_FAILED, or nothing. */
export function findProblem(request: BuildRequest, made: Made): KmodsmithError | undefined {
  return findOtherKernel(request, made) ?? findDamage(request, made);
}

/** A module that was made for another kernel: sloppy Makefiles ask `uname -r`. */
function findOtherKernel(request: BuildRequest, { name, bytes }: Made): KmodsmithError | undefined {
  const modinfo = readModinfo(bytes);
  const release = modinfo === undefined ? undefined : vermagicRelease(modinfo);
  if (release === request.kernel.release) return undefined;
  const found = release === undefined ? 'has no vermagic' : `was made for ${release}`;
  return new KmodsmithError(
    'VERIFY_FAILED',
    `${describe(request)}: ${name}.ko ${found}, so the kernel would refuse it`,
    { hint: "Its Makefile probably asks 'uname -r' instead of using $kernelver or $kernel_source_dir." },
  );
}

/** Of a module without a sound symbol table nobody knows what it needs; the kernel would refuse it. */
function findDamage(request: BuildRequest, { name, bytes }: Made): KmodsmithError | undefined {
  const elf = readElf(bytes);
  if (elf !== undefined && undefinedSymbols(elf, bytes) !== undefined) return undefined;
  return new KmodsmithError(
    'VERIFY_FAILED',
    `${describe(request)}: the symbol table of ${name}.ko is missing or damaged`,
    { hint: 'Its Makefile must not strip the module; that is done as STRIP in dkms.conf says.' },
  );
}
