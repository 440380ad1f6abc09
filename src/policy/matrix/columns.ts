/** What the module's dkms.conf says of AUTOINSTALL, and what became of the module before; with a title. */
export const columnTitles = {
  autoinstall: 'AUTOINSTALL=yes',
  'by-hand': 'not, installed by hand',
  'not-installed': 'not, not installed',
} as const;

export type Column = keyof typeof columnTitles;

export const columns = Object.keys(columnTitles) as readonly Column[];
