/** Directives that dkms has given up: read, warned about, and but for OBSOLETE_BY without effect (dkms(8)). */
export const deprecatedDirectives = [
  'REMAKE_INITRD',
  'CLEAN',
  'MODULES_CONF',
  'MODULES_CONF_OBSOLETES',
  'MODULES_CONF_ALIAS_TYPE',
  'MODULES_CONF_OBSOLETE_ONLY',
  'OBSOLETE_BY',
] as const;

/** Every variable that is read back from a dkms.conf (dkms(8), DKMS.CONF). */
export const confDirectives = [
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
  'PATCH',
  'PATCH_MATCH',
  'POST_ADD',
  'PRE_BUILD',
  'POST_BUILD',
  'PRE_INSTALL',
  'POST_INSTALL',
  'POST_REMOVE',
  'BUILD_DEPENDS',
  'BUILD_DEPENDS_REBUILD',
  'BUILD_EXCLUSIVE_KERNEL',
  'BUILD_EXCLUSIVE_KERNEL_MIN',
  'BUILD_EXCLUSIVE_KERNEL_MAX',
  'BUILD_EXCLUSIVE_ARCH',
  'BUILD_EXCLUSIVE_CONFIG',
  'NO_WEAK_MODULES',
  ...deprecatedDirectives,
] as const;

export type Directive = (typeof confDirectives)[number];

/** A directive's values by index; a scalar has index 0; arrays may be sparse. */
export type ConfValues = Readonly<Record<string, Readonly<Record<number, string>>>>;
