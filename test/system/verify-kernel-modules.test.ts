import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readModuleFile } from '../../src/core/install/module-file.ts';
import { readSymbolTable } from '../../src/core/verify/kernel-symbols.ts';
import { exportsOf, parseObject } from '../../src/core/verify/module-needs.ts';
import { checkSymbols } from '../../src/core/verify/symbol-check.ts';
import { checkObject } from '../../src/core/verify/verify.ts';
import { parseModuleSymvers } from '../../src/formats/module-symvers.ts';
import { readTextIfPresent } from '../../src/system/files.ts';
import { filesBelow } from '../../src/system/fingerprint.ts';
import { scratchDirectory } from '../support/cache.ts';
import { readCorpus } from '../support/corpus.ts';
import { requireTestBed } from '../support/require-or-skip.ts';
import { openRoot } from '../support/roots.ts';

beforeEach(requireTestBed);

// Nobody knows better what a kernel loads than the kernel's own modules.
test.each(['6.12', '6.12-rt', '6.12-cloud'] as const)(
  "Debian's own modules of %s are as it wants them",
  async (kernel) => {
    const folder = await scratchDirectory('memory');
    try {
      const release = await copyOut(kernel, folder);
      const paths = filesBelow(join(folder, 'fs')).filter((path) => path.endsWith('.ko.xz'));
      expect(paths.length).toBeGreaterThan(50);
      const exported = parseModuleSymvers(
        (await readTextIfPresent(join(folder, 'headers/Module.symvers'))) ?? '',
      );
      let versions = 0;
      for (const path of paths) {
        const { body, signed } = await readModuleFile(join(folder, 'fs', path));
        const module = parseObject({ name: basename(path, '.ko.xz'), bytes: body });
        if (module === undefined) throw new Error(`${path} is not understood`);
        const table = await readSymbolTable({ path: join(folder, 'headers') }, [module]);
        const kind = { class: 64, littleEndian: true, machine: 62 } as const;
        expect([path, signed, checkObject(module, { release, kind })]).toEqual([path, true, []]);
        expect((await checkSymbols([module], table, async () => [])).get(module)).toEqual([]);
        for (const [symbol, crc] of exportsOf(module))
          expect([symbol, crc]).toEqual([symbol, Number(exported.get(symbol)?.crc)]);
        versions += module.versions?.size ?? 0;
      }
      expect(versions).toBeGreaterThan(2000);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

async function copyOut(kernel: '6.12' | '6.12-rt' | '6.12-cloud', folder: string): Promise<string> {
  await using root = await openRoot('trixie-corpus');
  const release = (await readCorpus(root)).kernels[kernel];
  await root.copyOut(`/lib/modules/${release}/kernel/fs`, join(folder, 'fs'));
  await root.copyOut(`/usr/src/linux-headers-${release}`, join(folder, 'headers'));
  return release;
}
