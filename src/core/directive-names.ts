/** Directives that change what is built or run, and that this version does not carry out yet. */
export const unsupportedDirectives = [
  'POST_ADD',
  'POST_BUILD',
  'POST_INSTALL',
  'POST_REMOVE',
  'PRE_BUILD',
  'PRE_INSTALL',
  'PATCH',
  'BUILD_DEPENDS',
] as const;

/** Every variable that is read back from a dkms.conf (dkms(8), DKMS.CONF). */
export const reportedVariables = [
  'PACKAGE_NAME',
  'PACKAGE_VERSION',
  'AUTOINSTALL',
  'BUILT_MODULE_NAME',
  'BUILT_MODULE_LOCATION',
  'DEST_MODULE_NAME',
  'DEST_MODULE_LOCATION',
  'STRIP',
  'MAKE',
  'MAKE_MATCH',
  'BUILD_EXCLUSIVE_KERNEL',
  'BUILD_EXCLUSIVE_KERNEL_MIN',
  'BUILD_EXCLUSIVE_KERNEL_MAX',
  'BUILD_EXCLUSIVE_ARCH',
  'BUILD_EXCLUSIVE_CONFIG',
  ...unsupportedDirectives,
] as const;

export type Directive = (typeof reportedVariables)[number];

/** A directive's values by index; a scalar has index 0; arrays may be sparse. */
export type ConfValues = Readonly<Record<string, Readonly<Record<number, string>>>>;
