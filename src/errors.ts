/**
 * Every error that is reported on purpose: one class, stable codes. A code has two exit statuses. The first is
 * kmodsmith's: 1 an operation failed, 2 wrong usage, 3 policy, 4 module, 5 kernel or headers, 6 busy, 70 a defect of
 * ours. The second is what the drop-in `dkms` ends with (dkms-compat.md section 1.7).
 */
const catalogue = {
  USAGE: [2, 2],
  ADAPTER_UNKNOWN: [2, 2],
  ROOT_NEEDED: [1, 1],
  ROOT_CLOSED: [1, 1],
  STATE_MISSING: [1, 1],
  TREE_UNWRITABLE: [1, 1],
  MODULE_NOT_NAMED: [2, 1],
  ARCHES_UNEQUAL: [2, 1],
  TEMPLATE_KERNEL_MISSING: [2, 1],
  KERNEL_WITH_ALL: [2, 2],
  TEMPLATE_KERNEL_SAME: [2, 2],
  ARCH_WITH_ALL: [2, 3],
  TWO_ACTIONS: [2, 4],
  KERNEL_COUNT: [2, 4],
  ALL_UNSUPPORTED: [2, 5],
  BINARIES_AND_SOURCE: [2, 8],
  KERNEL_EMPTY: [2, 16],
  POLICY_INVALID: [3, 3],
  OS_RELEASE_MISSING: [1, 4],
  CONF_MISSING: [4, 4],
  CONF_UNREADABLE: [4, 4],
  CONF_SYNTAX: [4, 8],
  CONF_INVALID: [4, 8],
  CONF_TIMEOUT: [4, 8],
  FRAMEWORK_INVALID: [3, 1],
  CONTROL_INVALID: [1, 1],
  PKGBUILD_INVALID: [1, 1],
  SPEC_INVALID: [1, 1],
  PACKAGE_UNKNOWN: [2, 1],
  MODULE_UNKNOWN: [4, 3],
  MODULE_KNOWN: [4, 3],
  MODULE_BROKEN: [4, 4],
  MODULE_MISMATCH: [4, 8],
  MODULE_EXCLUDED: [4, 77],
  SOURCE_MISSING: [4, 2],
  SOURCE_EMPTY: [4, 8],
  SOURCE_WITHOUT_CONF: [4, 9],
  PATCH_MISSING: [4, 5],
  PATCH_FAILED: [1, 6],
  SCRIPT_FAILED: [1, 1],
  PRE_INSTALL_FAILED: [1, 101],
  DEPENDENCY_MISSING: [1, 13],
  KERNEL_UNKNOWN: [5, 6],
  HEADERS_MISSING: [5, 21],
  HEADERS_UNUSABLE: [5, 21],
  LOCK_BUSY: [6, 1],
  RESULT_IN_THE_WAY: [1, 3],
  BUILD_FAILED: [1, 10],
  OBJECT_MISSING: [1, 7],
  VERIFY_FAILED: [1, 10],
  INPUT_CHANGED: [1, 10],
  NOT_BUILT: [1, 6],
  NOT_RECORDED: [1, 6],
  INSTALL_REFUSED: [1, 6],
  INSTALL_FAILED: [1, 6],
  MODULES_READ_ONLY: [1, 6],
  INITRAMFS_FAILED: [1, 1],
  AUTOINSTALL_FAILED: [1, 11],
  KERNEL_HOOK_FAILED: [1, 14],
  PLAN_INVALID: [1, 1],
  PLAN_OUTDATED: [1, 1],
  FILE_MISSING: [1, 2],
  NOT_AN_ARCHIVE: [1, 3],
  ARCHIVE_INVALID: [1, 7],
  ARCHIVE_UNSAFE: [1, 7],
  ARCHIVE_KNOWN: [1, 8],
  ARCHIVE_FAILED: [1, 6],
  FOLDER_UNWRITABLE: [1, 9],
  RPM_FAILED: [1, 9],
  SIGNING_KEY_FAILED: [1, 1],
  SIGNING_IMPOSSIBLE: [1, 1],
  SANDBOX_IMPOSSIBLE: [1, 1],
  TOOLCHAIN_MISSING: [1, 1],
  COMMAND_FAILED: [1, 1],
  READ_FAILED: [1, 1],
  WRITE_FAILED: [1, 1],
  RENDER_UNSAFE: [70, 70],
} as const satisfies Record<string, readonly [number, number]>;

/**
 * The only status by which `kmodsmith hook` makes a package fail: a module failed and the policy says `failure =
 * 'fail'`. Whatever else goes wrong with the engine, a half unpacked one included, the package must not pay for it.
 */
export const policyFailureStatus = 9;

/** What a command ends with that shows a policy for all its mistakes. */
export const invalidPolicyStatus = catalogue.POLICY_INVALID[0];

export type ErrorCode = keyof typeof catalogue;

export interface ErrorOptions {
  /** What to do next, as one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** For a script whose own exit status dkms passes on. */
  readonly dkmsStatus?: number;
}

export class KmodsmithError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number;
  /** What the drop-in `dkms` ends with. */
  readonly dkmsStatus: number;

  /** `message` says what happened, to which module and kernel, and why. */
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'KmodsmithError';
    this.code = code;
    this.hint = options.hint;
    const [exitCode, dkmsStatus] = catalogue[code];
    this.exitCode = exitCode;
    this.dkmsStatus = options.dkmsStatus ?? dkmsStatus;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
