import type { KernelConfig } from '../../formats/kernel-config.ts';
import { compareVersionKeys } from '../../formats/version-key.ts';
import type { KernelId } from '../../policy/types.ts';
import type { ConfValues, Directive } from './directive-names.ts';
import type { KernelObject } from './kernel-objects.ts';
import { matchesPattern } from './pattern.ts';

/** What BUILD_EXCLUSIVE_* of one index asks for. */
interface Exclusion {
  readonly kernel?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly arch?: string;
  readonly config?: readonly string[];
}

/** By index; [0] holds for every module of the package, the others for one (dkms-compat.md section 2.7). */
export type Exclusions = Readonly<Record<number, Exclusion>>;

const keys = {
  BUILD_EXCLUSIVE_KERNEL: 'kernel',
  BUILD_EXCLUSIVE_KERNEL_MIN: 'minimum',
  BUILD_EXCLUSIVE_KERNEL_MAX: 'maximum',
  BUILD_EXCLUSIVE_ARCH: 'arch',
} as const satisfies Partial<Record<Directive, keyof Exclusion>>;

export function readExclusions(values: ConfValues): Exclusions {
  const found: Record<number, Exclusion> = {};
  const add = (index: number, part: Exclusion) => {
    found[index] = { ...found[index], ...part };
  };
  for (const [name, key] of Object.entries(keys)) {
    for (const [index, value] of Object.entries(values[name] ?? {}))
      if (value !== '') add(Number(index), { [key]: value });
  }
  for (const [index, value] of Object.entries(values['BUILD_EXCLUSIVE_CONFIG'] ?? {})) {
    const config = value.split(/\s+/).filter((word) => word !== '');
    if (config.length > 0) add(Number(index), { config });
  }
  const obsoleteBy = values['OBSOLETE_BY']?.[0] ?? '';
  const bounded = Object.values(found).some(({ maximum }) => maximum !== undefined);
  if (obsoleteBy !== '' && !bounded) add(0, { maximum: obsoleteBy });
  return found;
}

/** A kernel as BUILD_EXCLUSIVE_* looks at it. */
export interface ExclusionSubject extends KernelId {
  /** Without one, BUILD_EXCLUSIVE_CONFIG says nothing. */
  readonly config?: KernelConfig | undefined;
}

export interface Buildable {
  /** The modules of the package that are for this kernel. */
  readonly objects: readonly KernelObject[];
  /** Why none is, when restrictions keep all of them away. */
  readonly excluded?: string;
}

export function selectBuildable(
  objects: readonly KernelObject[],
  exclusions: Exclusions,
  subject: ExclusionSubject,
): Buildable {
  const reasons = objects.map(({ index }) => findReason(exclusions, index, subject));
  const buildable = objects.filter((_, position) => reasons[position] === undefined);
  const reason = objects.length === 0 ? findReason(exclusions, 0, subject) : reasons[0];
  return buildable.length > 0 || reason === undefined
    ? { objects: buildable }
    : { objects: [], excluded: reason };
}

function findReason(exclusions: Exclusions, index: number, subject: ExclusionSubject): string | undefined {
  return findExclusion(exclusions[0], subject) ?? findExclusion(exclusions[index], subject);
}

function findExclusion(
  { kernel, minimum, maximum, arch, config }: Exclusion = {},
  subject: ExclusionSubject,
): string | undefined {
  const { release } = subject;
  if (kernel !== undefined && !matchesPattern(kernel, release)) return `BUILD_EXCLUSIVE_KERNEL is ${kernel}`;
  if (arch !== undefined && !matchesPattern(arch, subject.arch)) return `BUILD_EXCLUSIVE_ARCH is ${arch}`;
  if (minimum !== undefined && compareVersionKeys(release, minimum) < 0)
    return `BUILD_EXCLUSIVE_KERNEL_MIN is ${minimum}`;
  if (maximum !== undefined && compareVersionKeys(release, maximum) > 0)
    return `BUILD_EXCLUSIVE_KERNEL_MAX is ${maximum}`;
  return config === undefined || subject.config === undefined
    ? undefined
    : findMissingOption(config, subject.config);
}

/** `CONFIG_X` must be built in or a module; `!CONFIG_X` must be neither. Words are patterns. */
function findMissingOption(words: readonly string[], config: KernelConfig): string | undefined {
  const wrong = words.find((word) => {
    const enabled = isEnabled(word.replace(/^!/, ''), config);
    return word.startsWith('!') ? enabled : !enabled;
  });
  return wrong === undefined ? undefined : `BUILD_EXCLUSIVE_CONFIG asks for ${wrong}`;
}

function isEnabled(word: string, config: KernelConfig): boolean {
  const isOn = (value = '') => value === 'y' || value === 'm';
  if (/^\w+$/.test(word)) return isOn(config.get(word));
  return [...config].some(([name, value]) => isOn(value) && matchesPattern(`^${word}$`, name));
}
