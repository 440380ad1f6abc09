/** One exported symbol of a Module.symvers file (Documentation/kbuild/modules.rst, "Module.symvers"). */
export interface ExportedSymbol {
  /** As written, for example 0xf7370f56; 0x00000000 without CONFIG_MODVERSIONS. */
  readonly crc: string;
  /** `vmlinux`, or the path of the exporting module without `.ko`. */
  readonly module: string;
  /** EXPORT_SYMBOL, EXPORT_SYMBOL_GPL, … */
  readonly export: string;
  /** Empty for symbols that every module may use. */
  readonly namespace: string;
}

/** Parses all of a Module.symvers; lines of another form are left out, the first of two equal symbols counts. */
export function parseModuleSymvers(text: string): ReadonlyMap<string, ExportedSymbol> {
  return scan(text);
}

/** Only the wanted symbols, in the order of the file: what one module needs of the 27,000 lines of a kernel. */
export function symbolVersions(
  text: string,
  wanted: ReadonlySet<string>,
): ReadonlyMap<string, ExportedSymbol> {
  return scan(text, wanted);
}

/**
 * Whether a kernel's file lists all that the kernel exports, as far as it says itself: it ends with a line, and has
 * symbols of vmlinux and of modules. That of a tree without built modules, or cut off, is not whole.
 */
export function isWholeSymvers(text: string): boolean {
  return text.endsWith('\n') && text.includes('\tvmlinux\t') && /\t(?!vmlinux\t)[^\t\n]+\tEXPORT_/.test(text);
}

// One loop without split() or a generator: reading a whole kernel's table takes half the time, and it is on the path
// of every verification.
function scan(text: string, wanted?: ReadonlySet<string>): ReadonlyMap<string, ExportedSymbol> {
  const symbols = new Map<string, ExportedSymbol>();
  for (let start = 0; start < text.length && symbols.size !== wanted?.size; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    start = end + 1;
    const nameStart = line.indexOf('\t') + 1;
    const nameEnd = line.indexOf('\t', nameStart);
    const name = line.slice(nameStart, Math.max(nameEnd, nameStart));
    if (name === '' || (wanted && !wanted.has(name)) || symbols.has(name)) continue;
    const symbol = parseLine(line, nameStart - 1, nameEnd + 1);
    if (symbol) symbols.set(name, symbol);
  }
  return symbols;
}

function parseLine(line: string, crcEnd: number, thirdStart: number): ExportedSymbol | undefined {
  const thirdEnd = line.indexOf('\t', thirdStart);
  if (thirdEnd < 0 || !line.startsWith('0x')) return undefined;
  const fourthEnd = line.indexOf('\t', thirdEnd + 1);
  const crc = line.slice(0, crcEnd);
  const third = line.slice(thirdStart, thirdEnd);
  const fourth = line.slice(thirdEnd + 1, fourthEnd < 0 ? line.length : fourthEnd);
  const fifth = fourthEnd < 0 ? '' : line.slice(fourthEnd + 1);
  // Kernels 5.4.0 to 5.4.22 and 5.5.0 to 5.5.6 have the namespace third (moved to the end by 5190044c2965).
  if (fifth.startsWith('EXPORT_')) return { crc, module: fourth, export: fifth, namespace: third };
  return { crc, module: third, export: fourth, namespace: fifth };
}
