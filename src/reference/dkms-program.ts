import {
  type ActionName,
  actions,
  type OptionDeclaration,
  type OptionName,
  options,
} from '../dkms/options.ts';
import type { Kind, Operand, Program, ProgramAction, ProgramOption } from './program.ts';

/** The command line of the drop-in `dkms`. */
export function dkmsProgram(): Program {
  const names = Object.keys(actions) as ActionName[];
  return {
    name: 'dkms',
    actions: names.map(toAction),
    groups: [],
    commonOptions: shown()
      .filter(([, { actions: own }]) => own === undefined)
      .map(toOption),
  };
}

/** An archive or a folder in its place is as good as a module for these. */
const fromSource: readonly ActionName[] = ['add', 'build', 'install'];
const withBuild: readonly ActionName[] = ['unbuild', 'uninstall', 'mktarball'];
const withoutModule: readonly ActionName[] = [
  'autoinstall',
  'generate_mok',
  'kernel_preinst',
  'kernel_postinst',
  'kernel_prerm',
];

function toAction(name: ActionName): ProgramAction {
  return {
    name,
    summary: actions[name],
    operands: operandsOf(name),
    options: shown()
      .filter(([, { actions: own }]) => own?.includes(name) === true)
      .map(toOption),
    subjects: { modules: modulesOf(name), kernels: withBuild.includes(name) ? 'built' : 'present' },
  };
}

function modulesOf(name: ActionName): ProgramAction['subjects']['modules'] {
  if (name === 'add') return 'source';
  if (fromSource.includes(name)) return 'any';
  return withBuild.includes(name) ? 'built' : 'registered';
}

function operandsOf(name: ActionName): Operand[] {
  if (withoutModule.includes(name)) return [];
  const optional = true;
  if (name === 'ldtarball')
    return [{ name: 'archive', kind: 'file', optional, description: 'the archive to load' }];
  const isSource = fromSource.includes(name);
  const description = isSource
    ? 'MODULE/VERSION, a source folder, a dkms.conf or an archive'
    : 'MODULE/VERSION';
  return [{ name: 'module/version', kind: isSource ? 'archive' : 'module', optional, description }];
}

function shown(): [OptionName, OptionDeclaration][] {
  const declared = Object.entries(options) as [OptionName, OptionDeclaration][];
  return declared.filter(([, { deprecated }]) => deprecated !== true);
}

/** The options whose values later ones are looked for in, or that are more than their kind says. */
const kinds: Partial<Record<OptionName, Kind>> = {
  module: 'name',
  dkmsTree: 'dkms-tree',
  sourceTree: 'source-tree',
  installTree: 'install-tree',
};

function toOption([name, { flags, value, repeatable, description }]: [
  OptionName,
  OptionDeclaration,
]): ProgramOption {
  return {
    ...{ flags, repeatable, description },
    kind: kinds[name] ?? value,
    placeholder: value?.toUpperCase(),
  };
}
