/** The user as whom sandboxed programs run, where a package of the toolkit has made it. */
export const buildUserName = '_kmodsmith';
