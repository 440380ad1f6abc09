import { KmodsmithError } from '../../errors.ts';
import type { ElfKind } from '../../formats/kernel-machine.ts';
import { modinfoValue, readModinfo, vermagicRelease } from '../../formats/modinfo.ts';
import { moduleName } from '../../formats/module-index.ts';
import { type BuildRequest, describe } from '../build/request.ts';
import { readMade } from '../sandbox/made-files.ts';
import type { SymbolTable } from './kernel-symbols.ts';
import { type KernelTarget, readKernelTarget } from './kernel-target.ts';
import { adviseOnBuild, describeFault, type ModuleFault } from './module-faults.ts';
import { isParsed, linkedWith, type ObjectBytes, type ParsedModule, parseObject } from './module-needs.ts';
import { checkSymbols } from './symbol-check.ts';
import { indexOffers, symversOffers, treeOffers } from './symbol-offers.ts';

/** Built modules as they are checked. */
export interface Built {
  readonly objects: readonly (ObjectBytes | ParsedModule)[];
  /** Of the kernel, with what the modules import. */
  readonly table: SymbolTable | undefined;
}

/**
 * Whether the kernel would load what was built for it, as far as that can be known before.
 * @throws KmodsmithError VERIFY_FAILED.
 */
export async function verifyBuilt(request: BuildRequest, built: Built): Promise<void> {
  const { layout, tree, kernel, conf } = request;
  const target = await readKernelTarget(layout, tree);
  const modules: ParsedModule[] = [];
  for (const object of built.objects) {
    const [fault] = checkObject(object, target);
    if (fault !== undefined) throw refusal(request, object.name, fault);
    if (isParsed(object)) modules.push(object);
  }
  const faults = await checkSymbols(modules, built.table, async (open) => [
    ...symversOffers((await readMade(request, 'Module.symvers'))?.toString() ?? '', open),
    ...(await treeOffers(layout, { own: request.module, kernel, depends: conf.depends }, open)),
    ...(await indexOffers(
      layout,
      { release: kernel.release, except: modules.map(({ name }) => name) },
      open,
    )),
  ]);
  const present = new Set([
    ...modules.map(({ name }) => moduleName(name)),
    ...[...(built.table?.exported.values() ?? [])].map((symbol) => moduleName(symbol.module)),
  ]);
  for (const [module, found] of faults) {
    const [fault] = found.flatMap((one) => certainOf(one, module, present));
    if (fault !== undefined) throw refusal(request, module.name, fault);
  }
}

/**
 * A symbol is missing for certain when modpost has not found it either. It writes a version only of what it has found, and
 * names every module that it has found something in: one that is not present may be installed after this one.
 */
function certainOf(fault: ModuleFault, module: ParsedModule, present: ReadonlySet<string>): ModuleFault[] {
  if (fault.code !== 'symbols-missing') return [fault];
  const { versions } = module;
  if (versions === undefined)
    return linkedWith(module).every((name) => present.has(moduleName(name))) ? [fault] : [];
  const symbols = fault.symbols.filter((name) => !versions.has(name));
  return symbols.length === 0 ? [] : [{ ...fault, symbols }];
}

/** What dkms itself would not mind: VERIFY_FAILED, or nothing. */
export function findProblem(request: BuildRequest, object: ObjectBytes): KmodsmithError | undefined {
  const [fault] = checkObject(parseObject(object) ?? object, { release: request.kernel.release });
  return fault && refusal(request, object.name, fault);
}

/** All but the symbols. An object that is not parsed is one that cannot be. */
export function checkObject(object: ObjectBytes | ParsedModule, target: KernelTarget): ModuleFault[] {
  const modinfo = isParsed(object) ? object.modinfo : (readModinfo(object.bytes) ?? new Map());
  const found = vermagicRelease(modinfo);
  if (found !== target.release) return [{ code: 'other-release', ...(found !== undefined && { found }) }];
  if (!isParsed(object)) return [{ code: 'damaged' }];
  if (target.kind !== undefined && !isSameKind(object.elf, target.kind)) return [{ code: 'other-machine' }];
  const vermagic = modinfoValue(modinfo, 'vermagic')?.trim() ?? '';
  const { vermagic: expected = vermagic } = target;
  return vermagic === expected ? [] : [{ code: 'other-vermagic', found: vermagic, expected }];
}

/**
 * The same of a module that was built for another kernel. Of one that has the CRCs of what it imports, the release in its
 * vermagic does not count (same_magic, kernel/module/version.c).
 */
export function checkLinked(module: ParsedModule, target: KernelTarget): ModuleFault[] {
  const release = vermagicRelease(module.modinfo);
  if (module.versions === undefined || release === undefined) return checkObject(module, target);
  const { vermagic: expected, ...others } = target;
  const vermagic = expected?.replace(/^\S+/, () => release);
  const faults = checkObject(module, { ...others, release, ...(vermagic !== undefined && { vermagic }) });
  return faults.map((fault) =>
    fault.code === 'other-vermagic' ? { ...fault, expected: expected ?? '' } : fault,
  );
}

function isSameKind(a: ElfKind, b: ElfKind): boolean {
  return a.class === b.class && a.littleEndian === b.littleEndian && a.machine === b.machine;
}

function refusal(request: BuildRequest, name: string, fault: ModuleFault): KmodsmithError {
  return new KmodsmithError('VERIFY_FAILED', `${describe(request)}: ${describeFault(name, fault)}`, {
    hint: adviseOnBuild(fault),
  });
}
