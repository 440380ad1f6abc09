/**
 * Every error that kmodsmith reports on purpose: one class, stable codes. The exit status is the code's:
 * 1 an operation failed, 2 wrong usage, 3 policy, 4 module, 5 kernel or headers, 6 busy, 70 a defect of ours.
 */
const catalogue = {
  USAGE: 2,
  ADAPTER_UNKNOWN: 2,
  POLICY_INVALID: 3,
  CONF_MISSING: 4,
  CONF_UNREADABLE: 4,
  CONF_SYNTAX: 4,
  CONF_INVALID: 4,
  CONF_TIMEOUT: 4,
  CONF_UNSUPPORTED: 4,
  MODULE_UNKNOWN: 4,
  MODULE_MISMATCH: 4,
  MODULE_EXCLUDED: 4,
  SOURCE_MISSING: 4,
  KERNEL_UNKNOWN: 5,
  HEADERS_MISSING: 5,
  HEADERS_UNUSABLE: 5,
  LOCK_BUSY: 6,
  BUILD_FAILED: 1,
  VERIFY_FAILED: 1,
  INPUT_CHANGED: 1,
  INSTALL_FAILED: 1,
  COMMAND_FAILED: 1,
  WRITE_FAILED: 1,
  RENDER_UNSAFE: 70,
} as const satisfies Record<string, number>;

/**
 * The only status by which `kmodsmith hook` makes a package fail: a module failed and the policy says `failure =
 * 'fail'`. Whatever else goes wrong with the engine, a half unpacked one included, the package must not pay for it.
 */
export const policyFailureStatus = 9;

export type ErrorCode = keyof typeof catalogue;

export interface ErrorOptions {
  /** What to do next, as one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

export class KmodsmithError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitCode: number;

  /** `message` says what happened, to which module and kernel, and why. */
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'KmodsmithError';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = catalogue[code];
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
