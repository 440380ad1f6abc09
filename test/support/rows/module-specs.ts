import { toyModuleFiles } from '../toy-debs.ts';
import { type Column, columns } from './sight.ts';

export interface ModuleSpec {
  readonly name: string;
  /** VERSION-RELEASE. */
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
}

const usual: Readonly<Record<Column, string>> = { auto: 'yes', hand: 'no', none: 'no' };
const flipped: Readonly<Record<Column, string>> = { auto: 'no', hand: 'yes', none: 'yes' };

/** A package of a column's module in some version. */
export function moduleSpec(
  column: Column,
  version: string,
  options: { autoinstall?: string; source?: string } = {},
): ModuleSpec {
  const files = toyModuleFiles(column, {
    ...{ version: version.split('-')[0] ?? '', autoinstall: usual[column] },
    ...options,
  });
  return { name: `${column}-dkms`, version, files };
}

/** The versions that rows install of the columns' modules. */
export function moduleSpecs(): ModuleSpec[] {
  return columns.flatMap((column) => [
    moduleSpec(column, '1.0-1'),
    moduleSpec(column, '1.0-2', { source: '/* changed */\n' }),
    moduleSpec(column, '2.0-1'),
    moduleSpec(column, '3.0-1', { source: '#error "of no use"\n' }),
    moduleSpec(column, '3.0-2'),
    moduleSpec(column, '4.0-1', { autoinstall: flipped[column] }),
    moduleSpec(column, '4.0-2'),
  ]);
}
