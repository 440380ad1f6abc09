/** A knob of the policy (docs/policy.md, section 2): validation, messages, `policy show`, manual and JSON Schema come from it. */
export type KnobDeclaration = {
  /** What it decides: a clause that begins with "what", "which", "when" or the like, without a full stop. */
  readonly summary: string;
  /** Where it may be set: for the machine as a whole only, for modules only, or for both. */
  readonly of: 'machine' | 'module' | 'both';
} & (
  | { readonly kind: 'choice'; readonly values: Meanings; readonly default: string }
  /** Any number of the values; "none" is the empty set. */
  | { readonly kind: 'set'; readonly values: Meanings; readonly default: readonly string[] }
  | { readonly kind: 'switch'; readonly default: boolean }
  /** A version of a module; empty: none in particular. */
  | { readonly kind: 'version'; readonly default: string }
  /** The absolute path of a program; empty: none. */
  | { readonly kind: 'program'; readonly default: string }
  | { readonly kind: 'seconds'; readonly default: number; readonly least: number; readonly most: number }
);

/** What each value means, without a full stop. */
type Meanings = Readonly<Record<string, string>>;

/** The values that a knob of this declaration can have. */
export type ValueOf<Knob extends KnobDeclaration> = Knob extends { kind: 'choice'; values: infer Values }
  ? keyof Values
  : Knob extends { kind: 'set'; values: infer Values }
    ? readonly (keyof Values)[]
    : Knob extends { kind: 'switch' }
      ? boolean
      : Knob extends { kind: 'seconds' }
        ? number
        : string;
