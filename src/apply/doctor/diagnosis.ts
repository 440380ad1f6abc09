/** What a look at one side of the machine has found. */
export interface Diagnosis {
  readonly check:
    | 'system'
    | 'policy'
    | 'framework'
    | 'hooks'
    | 'queue'
    | 'modules'
    | 'failures'
    | 'headers'
    | 'toolchain'
    | 'space'
    | 'installed'
    | 'secure-boot'
    | 'key'
    | 'signatures';
  /** `note`: worth knowing, but nothing is wrong. */
  readonly level: 'ok' | 'note' | 'problem';
  readonly message: string;
  /** What to type or to do next. */
  readonly next?: string;
}
