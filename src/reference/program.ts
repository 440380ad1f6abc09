import type { ValueKind as OwnKind, Subjects } from '../commands/declare.ts';
import type { ValueKind as DkmsKind } from '../dkms/options.ts';

/** `name`: a module, with or without its version; the trees are folders that later values are looked for in. */
export type Kind = OwnKind | DkmsKind | 'name' | 'dkms-tree' | 'source-tree' | 'install-tree';

/** A value after the action. */
export interface Operand {
  readonly name: string;
  readonly kind: Kind;
  readonly choices?: readonly string[] | undefined;
  readonly optional?: boolean | undefined;
  readonly repeatable?: boolean | undefined;
  readonly description: string;
}

export interface ProgramOption {
  readonly flags: readonly string[];
  readonly kind?: Kind | undefined;
  readonly choices?: readonly string[] | undefined;
  /** What help and manual call the value. */
  readonly placeholder?: string | undefined;
  readonly repeatable?: boolean | undefined;
  readonly description: string;
}

export interface ProgramAction {
  /** One word, or several: `generate man`. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string | undefined;
  readonly operands: readonly Operand[];
  readonly options: readonly ProgramOption[];
  readonly subjects: Required<Subjects>;
}

/** A command line as completions and manual pages need it, whoever parses it. */
export interface Program {
  readonly name: string;
  readonly actions: readonly ProgramAction[];
  /** Words that are followed by another word of an action, with what they are for. */
  readonly groups: readonly { readonly name: string; readonly summary: string }[];
  /** Options that go without an action, or with any. */
  readonly commonOptions: readonly ProgramOption[];
}
