import { createHash } from 'node:crypto';
import { readElf, sectionBytesAt } from '../../src/formats/elf.ts';

/** elf(5): SHF_ALLOC. */
const allocated = 2;

/**
 * A digest of each section with content that a loaded module has in memory, in their order. Without the build id, which is
 * a digest of the whole file, debug information included: that speaks of paths and times, and no code depends on it.
 */
export function loadedSections(bytes: Uint8Array): string[] {
  const elf = readElf(bytes);
  if (elf === undefined) throw new Error('this is no kernel module');
  return elf.sections.flatMap(({ name, flags }, index) => {
    const content = sectionBytesAt(elf, bytes, index);
    if (content === undefined || Math.floor(flags / allocated) % 2 === 0 || name === '.note.gnu.build-id')
      return [];
    return [`${name} ${content.length} ${createHash('sha256').update(content).digest('hex')}`];
  });
}
