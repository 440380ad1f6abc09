/** The words of alpm-hooks(5) and alpm-install scriptlets, and what our hooks are called. */

/** What a transaction does to a path or package: alpm-hooks(5), `Operation`. */
const operations = ['Install', 'Upgrade', 'Remove'] as const;

export type Operation = (typeof operations)[number];

/** Before anything of the transaction has happened, and when all of it has: alpm-hooks(5), `When`. */
const stages = ['pre', 'post'] as const;

export type Stage = (typeof stages)[number];

/** One entry for each stage and operation: standard input has the targets, and nothing says which operation it is. */
const operationEntry = (stage: Stage, operation: Operation) => `${stage}-${operation.toLowerCase()}` as const;

export const operationEntries = stages.flatMap((stage) =>
  operations.map((operation) => ({ entry: operationEntry(stage, operation), stage, operation })),
);

/** The hook after those that tell: it brings no news, and has the queue applied. */
export const runEntry = 'run';

/** The hook after those that make images: it looks whether they did. */
export const imagesEntry = 'images';

/** A scriptlet of the toolkit's own package: https://man.archlinux.org/man/PKGBUILD.5, install. */
export const toolkitEntry = 'toolkit';

export const toolkitPackage = 'kmodsmith';

/** Where the package puts hooks: alpm-hooks(5). */
const hookFolder = 'usr/share/libalpm/hooks';

/** Where Arch's packages have the programs of their hooks. */
export const scriptPath = 'usr/share/libalpm/scripts/kmodsmith';

/** The program by which the hooks of somebody else's package tell what it brings. */
export const packageScriptPath = (package_: string) => `${scriptPath}-${package_}`;

/** A package's own hooks are there before it goes, and after it has come. */
export const packageEntries = operationEntries.filter(({ stage, operation }) =>
  stage === 'pre' ? operation !== 'Install' : operation !== 'Remove',
);

export const packageHookPath = (package_: string, entry: string) =>
  `${hookFolder}/70-kmodsmith-${package_}-${entry}.hook`;

/**
 * Hooks run in the order of their names. Ours come after 60-depmod, which makes the index of a kernel that arrives, and
 * before 90-mkinitcpio-install and 90-dracut-install, which make an initramfs with the modules that are there by then;
 * the one that looks after images comes after those.
 */
export const hookPath = (entry: string): string => {
  const names: Readonly<Record<string, string>> = {
    [runEntry]: '71-kmodsmith',
    [imagesEntry]: '91-kmodsmith-images',
  };
  return `${hookFolder}/${names[entry] ?? `70-kmodsmith-${entry}`}.hook`;
};

export const hookPaths = [...operationEntries.map(({ entry }) => entry), runEntry, imagesEntry].map(hookPath);
