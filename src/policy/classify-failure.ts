import type { ErrorCode } from '../errors.ts';
import type { FailureClass } from './failure-class.ts';

export interface SaidOfFailure {
  /** Of errors.ts. */
  readonly code: string;
  /** Of the error; of a step of a build what the step said follows the first line. */
  readonly message: string;
}

/**
 * Sorts a failed build by its error and what was said. What the machine is at fault for comes before all else, since a
 * full disk may look like anything; after that the first line that is sure of its reason.
 */
export function classifyFailure({ code, message }: SaidOfFailure): FailureClass {
  const certain = certainties[code as ErrorCode];
  if (certain !== undefined) return certain;
  const step = steps[code as ErrorCode];
  const [title = '', ...quoted] = message.split('\n');
  const ended = endedBy(title);
  if (ended !== undefined) return ended;
  // Of what we say ourselves every line counts; module names are not what the compiler says.
  const lines = step === undefined || quoted.length === 0 ? [message] : quoted;
  const said = lines.filter((line) => !isSource(line)).join('\n');
  const looked = [...troubles, ...(step?.looksFor ?? [])];
  const found = looked.find((name) => signs[name].test(said));
  return found ?? step?.otherwise(said) ?? 'other';
}

/** Errors that say themselves what it is. */
const certainties: Partial<Record<ErrorCode, FailureClass>> = {
  HEADERS_MISSING: 'headers',
  HEADERS_UNUSABLE: 'headers',
  TOOLCHAIN_MISSING: 'toolchain',
  PATCH_MISSING: 'patch',
  SOURCE_EMPTY: 'package',
  SOURCE_MISSING: 'package',
  OBJECT_MISSING: 'package',
  VERIFY_FAILED: 'verification',
  INPUT_CHANGED: 'changed',
};

/** The machine's, whatever was going on. */
const troubles = ['space', 'memory', 'interrupted'] as const;

interface Step {
  /** In this order. */
  readonly looksFor: readonly (keyof typeof signs)[];
  readonly otherwise: (said: string) => FailureClass;
}

const steps: Partial<Record<ErrorCode, Step>> = {
  BUILD_FAILED: {
    looksFor: ['headers', 'toolchain', 'api', 'denied'],
    otherwise: (said) => (complaint.test(said) ? 'source' : 'other'),
  },
  SCRIPT_FAILED: { looksFor: ['headers', 'toolchain', 'denied'], otherwise: () => 'script' },
  PATCH_FAILED: { looksFor: [], otherwise: () => 'patch' },
  WRITE_FAILED: { looksFor: ['denied'], otherwise: () => 'other' },
};

/** More than make's own repetition that something went wrong. */
const complaint = /error: |Error: |ERROR: |FATAL: |undefined reference|multiple definition|\*\*\* (?!\[)/;

/** By the status that a shell gives to a program that a signal has ended (128 and its number). */
function endedBy(title: string): FailureClass | undefined {
  const status = /ended with status (\d+)$/.exec(title)?.[1];
  if (status === '137') return 'memory';
  return ['129', '130', '143'].includes(status ?? '') ? 'interrupted' : undefined;
}

/** Source code that a compiler quotes may say anything. */
function isSource(line: string): boolean {
  return /^\s*\d*\s*\|/.test(line) || /^\s+(?!ERROR: |FATAL: )\S/.test(line);
}

/** One expression out of many, each for what a line says. */
function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'im');
}

/** Where the kernel keeps its headers, as they are named in `#include`. */
const kernelFolders =
  'linux|uapi|asm|asm-generic|acpi|clocksource|crypto|cxl|drm|dt-bindings|keys|kunit|kvm|media|memory|misc|net|pcmcia|ras|rdma|rv|scsi|soc|sound|target|trace|ufs|vdso|video|xen';
const absent = '(?:No such file or directory|file not found)';

/** Words of gcc, clang, as, ld, make, modpost, sh and of configure scripts in the C locale. */
const signs = {
  space: anyOf(/No space left on device/, /Disk quota exceeded/, /File too large/),
  memory: anyOf(
    /Cannot allocate memory/,
    /memory exhausted/,
    /: out of memory/,
    /Killed signal terminated program/,
    /^Killed$/,
    /: \d+ Killed\b/,
    /\] Killed$/,
    /fork: retry/,
    /Resource temporarily unavailable/,
  ),
  interrupted: anyOf(
    /\] (?:Terminated|Interrupt|Hangup)$/,
    /^Terminated$/,
    /Terminated signal terminated program/,
  ),
  headers: anyOf(
    new RegExp(`(?:error: '?|include/)(?:generated|config)/[\\w/.-]+'?:? ${absent}`),
    /include\/generated\/autoconf\.h or include\/config\/auto\.conf are missing/,
    /No rule to make target '(?:modules'|(?:\S*\/)?(?:lib\/modules|usr\/src\/(?:linux|kernels))|scripts\/|arch\/|tools\/)/,
    /\*\*\* \S*\/(?:lib\/modules|usr\/src)\/\S+: No such file or directory/,
    /(?:scripts\/(?:basic|mod|genksyms|gcc-plugins)|tools\/(?:objtool|bpf))\/\S+: (?:not found|No such file|Permission denied|Exec format|cannot execute)/,
    /Kernel configuration is invalid/,
    /kernel (?:headers?|sources?)(?: (?:tree|files?|directory|path))?\b.* (?:not found|missing|not installed)/,
    /(?:can't|cannot|could not|unable to|failed to) (?:find|locate) .*\bkernel (?:headers?|sources?|build)/,
  ),
  toolchain: anyOf(
    /unrecognized (?:command[- ]line )?option/,
    /unknown argument: /,
    /unsupported (?:option|argument) /,
    /cannot execute '/,
    /error trying to exec/,
    /cannot load plugin/,
    /incompatible gcc\/plugin/,
    /internal compiler error/,
    /no such instruction/,
    /invalid instruction mnemonic/,
    /unknown pseudo-op/,
    /\bld(?:\.\w+)?: cannot find -l/,
    /compiler is too old/,
    /compiler lacks /,
    /compiler version mismatch/,
    /no acceptable C compiler/,
    /C compiler cannot create executables/,
    /: (?:command )?not found$/,
    /^(?:\S*sh|env|make(?:\[\d+\])?): .*(?:No such file or directory|Exec format error)$/,
  ),
  api: anyOf(
    new RegExp(`fatal error: '?(?:(?:${kernelFolders})/[\\w/.-]+|stdarg\\.h)'?:? ${absent}`),
    /implicit declaration of function/,
    /call to undeclared (?:library )?function/,
    /undeclared \(first use|use of undeclared identifier/,
    /unknown type name/,
    /no member named|unknown field|does not refer to any field/,
    /incompatible (?:(?:function )?pointer|integer to pointer|type for|result type)/,
    /makes (?:pointer|integer) from (?:integer|pointer)/,
    /incompatible types? (?:when|for)|assigning to .* from incompatible type/,
    /too (?:few|many) arguments|requires (?:at least )?\d+ arguments|passed \d+ arguments/,
    /conflicting types for|static declaration of .* follows non-static|redefinition of/,
    /invalid use of (?:undefined|incomplete)|incomplete (?:definition of )?type|storage size of/,
    /void value not ignored/,
    /assignment of read-only/,
    /ERROR: (?:modpost: )?"\S+" \[.*\] undefined/,
    /undefined symbol: /,
    /uses (?:GPL-only )?symbol/,
  ),
  denied: anyOf(
    /Read-only file system/,
    /Permission denied/,
    /Operation not permitted/,
    /Network is unreachable/,
    /(?:not|n't) resolve host/,
    /name resolution/,
  ),
} as const;
