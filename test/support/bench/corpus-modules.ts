import { expect } from 'vitest';
import type { CorpusPackage } from '../corpus.ts';
import { corpusPackages } from '../recipes.ts';
import type { BenchMachine } from './machine.ts';

/** Packages that the goals of the build core do not name. */
const besides = ['leds-alix-dkms', 'r8125-dkms'];

/** KMODSMITH_BENCH_MODULES (names of packages) while a bench is being written; the figures count for all. */
const benchPackages =
  process.env['KMODSMITH_BENCH_MODULES']?.split(' ') ??
  corpusPackages.filter((name) => !besides.includes(name));

export function benchModules({ corpus: { packages } }: BenchMachine): CorpusPackage[] {
  return benchPackages.map((name) => {
    const module = packages[name];
    if (module === undefined) throw new Error(`the corpus has no ${name}`);
    return module;
  });
}

/**
 * Registers the modules as their packages do, on a machine that has built nothing. The folders of modules are as the
 * kernels' packages left them, and both sides sign with a key that is there.
 */
export async function resetTree({ shell }: BenchMachine, modules: readonly CorpusPackage[]): Promise<void> {
  const links = modules.map(({ name, moduleVersion }) => `${name} ${moduleVersion}`);
  await shell(
    `rm -rf /var/lib/dkms/* /var/lib/kmodsmith/*
cp -p /var/cache/corpus/mok.* /var/lib/dkms
for kernel in /lib/modules/*/kernel; do
  folder=\${kernel%/kernel}
  kept=/srv/kept\${folder#/lib/modules}
  if [ -d "$kept" ]; then rm -rf "$folder/updates" "$folder"/modules.*; else mkdir -p "$kept"; mv "$folder"/modules.* "$kept"; fi
  cp -p "$kept"/* "$folder"
done
for module; do
  set -- $module
  mkdir -p "/var/lib/dkms/$1/$2"
  ln -s "/usr/src/$1-$2" "/var/lib/dkms/$1/$2/source"
done`,
    ...links,
  );
}

/** The modules that are installed for a kernel, by what both dkms and ours leave; each has to have its files. */
async function installedModules({ shell }: BenchMachine, release: string): Promise<string[]> {
  const found = await shell(
    `cd /var/lib/dkms
for link in */kernel-"$1"-*; do
  [ -L "$link" ] || continue
  for built in "$link"/module/*.ko*; do
    name=\${built##*/}
    [ -s "/lib/modules/$1/updates/dkms/$name" ] || { echo "$name is not installed" >&2; exit 1; }
    grep -q "^updates/dkms/$name:" "/lib/modules/$1/modules.dep" || { echo "depmod does not know $name" >&2; exit 1; }
  done
  echo "\${link%%/*}"
done`,
    release,
  );
  return found
    .split('\n')
    .filter((name) => name !== '')
    .sort();
}

/** A step that did not do its work has no figure. */
export async function expectInstalled(
  machine: BenchMachine,
  modules: readonly CorpusPackage[],
  releases: readonly string[],
): Promise<void> {
  const names = modules.map(({ name }) => name).sort();
  for (const release of releases) expect(await installedModules(machine, release), release).toEqual(names);
}
