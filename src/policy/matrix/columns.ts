/** What the module's dkms.conf says of AUTOINSTALL, and what became of the module before. */
export const columns = ['autoinstall', 'by-hand', 'not-installed'] as const;

export type Column = (typeof columns)[number];
