import fc from 'fast-check';
import { type KnobDeclaration, knobNames, knobs, laterKnobs } from '../../../src/policy/knobs.ts';
import { presetNames } from '../../../src/policy/presets.ts';

/** Keys that a section takes, that it does not take, and that every object has. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...knobNames) },
  fc.constantFrom('preset', 'module', ...Object.keys(laterKnobs)),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'refersh', ''),
  fc.string(),
);

const words = [
  ...knobNames.flatMap((name) => {
    const declared: KnobDeclaration = knobs[name];
    return 'values' in declared ? Object.keys(declared.values) : [];
  }),
  ...presetNames,
  ...['none', '', '2.3.9', '__proto__', 'constructor'],
];

const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  fc.boolean(),
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 4, arbitrary: scalar },
    fc.array(scalar, { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));

const label = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('zfs', 'zfs/2.3.9', 'evdi', '__proto__', 'constructor', 'a/__proto__'),
  },
  fc.constantFrom('', '..', 'a/', '/1', 'a/b/c', 'x'.repeat(256)),
  fc.string(),
);

const settings = (maxKeys: number) => fc.dictionary(key, value, { maxKeys, noNullPrototype: true });

const modules = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(label, settings(4), { maxKeys: 4, noNullPrototype: true }) },
  fc.dictionary(label, value, { maxKeys: 3, noNullPrototype: true }),
  value,
);

/** What a policy file may say: mostly what is nearly right. */
export const policyDocument: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(settings(6), fc.option(modules, { nil: undefined }))
  .map(([top, module]) => (module === undefined ? top : { ...top, module }));
