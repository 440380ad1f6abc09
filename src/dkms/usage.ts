import { actions, type OptionDeclaration, options } from './options.ts';

/** The text of `dkms --help`. */
export function usage(): string {
  const declared: readonly OptionDeclaration[] = Object.values(options);
  return [
    'Usage: dkms ACTION [OPTION...] [MODULE/VERSION | FOLDER | FILE]',
    '',
    'Actions:',
    ...table(Object.entries(actions)),
    '',
    'Options:',
    ...table(declared.filter(({ deprecated }) => deprecated !== true).map(optionRow)),
    '',
    'This is the dkms of kmodsmith. More: dkms(8), dkms.conf(5), kmodsmith(8).',
  ].join('\n');
}

function optionRow({ flags, value, description }: OptionDeclaration): [string, string] {
  const names = flags.join(', ');
  return [value === undefined ? names : `${names} ${value.toUpperCase()}`, description];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, description]) => `  ${name.padEnd(width)}  ${description}`);
}
