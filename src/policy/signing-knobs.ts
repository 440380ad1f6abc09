import type { KnobDeclaration } from './knob-declaration.ts';

/** How modules are signed (docs/signing.md). */
export const signingKnobs = {
  sign: {
    kind: 'choice',
    of: 'both',
    default: 'auto',
    summary: 'whether built modules are signed; with which key, framework.conf or sign-command says',
    values: {
      auto: 'when there is a key or a sign-command',
      require: 'always; a build that cannot be signed fails',
      off: 'never',
    },
  },
  'sign-command': {
    kind: 'program',
    of: 'both',
    default: '',
    summary:
      'which program signs in place of sign-file, with a key of its own: called with the hash algorithm, the module to sign in place, and the release',
  },
  'sign-timeout': {
    kind: 'seconds',
    of: 'both',
    default: 300,
    least: 1,
    most: 86_400,
    summary: 'when whatever signs a module is given up',
  },
} as const satisfies Readonly<Record<string, KnobDeclaration>>;
