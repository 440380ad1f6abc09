import fc from 'fast-check';
import type { KnobDeclaration } from '../../../src/policy/knob-declaration.ts';
import { type KnobName, knobNames, knobs } from '../../../src/policy/knobs.ts';
import { presetNames } from '../../../src/policy/presets.ts';

type Assignment = readonly [key: string, value: unknown];

function valuesOf(knob: KnobName): fc.Arbitrary<unknown> {
  const declared: KnobDeclaration = knobs[knob];
  switch (declared.kind) {
    case 'choice':
      return fc.constantFrom(...Object.keys(declared.values));
    case 'set': {
      const item = fc.constantFrom(...Object.keys(declared.values));
      return fc.oneof(fc.constant('none'), item, fc.array(item, { maxLength: 4 }));
    }
    case 'switch':
      return fc.boolean();
    case 'program':
      return fc.oneof(fc.constantFrom('', '/usr/local/sbin/sign', 'sign', '/', '/a/', '/a b'), fc.string());
    case 'seconds':
      return fc.oneof(fc.integer({ min: declared.least, max: declared.most }), fc.double({ noNaN: true }));
    case 'version':
      return fc.constantFrom('', '2.3.9', '1:0~rc1-2');
  }
}

const right: fc.Arbitrary<Assignment> = fc.oneof(
  ...knobNames.map((name) => valuesOf(name).map((value): Assignment => [name, value])),
  fc.constantFrom(...presetNames).map((name): Assignment => ['preset', name]),
);

/** Keys that no section takes, or not every one, and such as every object has. */
const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...knobNames) },
  fc.constantFrom('preset', 'module'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'refersh', ''),
  fc.string(),
);

const scalar = fc.oneof(
  fc.constantFrom('none', 'never', 'rebuild', 'kernel', 'debian', '', '2.3.9', '__proto__', 'constructor'),
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

const assignment = fc.oneof({ weight: 19, arbitrary: right }, fc.tuple(key, value));

/** Object.fromEntries makes keys such as `__proto__` the object's own. */
const table = fc.array(assignment, { maxLength: 6 }).map((entries) => Object.fromEntries(entries));

const label = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom('zfs', 'zfs/2.3.9', 'evdi', '__proto__', 'constructor', 'a/__proto__'),
  },
  fc.constantFrom('', '..', 'a/', '/1', 'a/b/c', 'x'.repeat(256)),
  fc.string(),
);

const section = fc.tuple(label, fc.oneof({ weight: 19, arbitrary: table }, value));

const modules = fc.oneof(
  {
    weight: 19,
    arbitrary: fc.array(section, { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  },
  value,
);

/** What a policy file may say: mostly what is right or nearly so. */
export const policyDocument: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(table, fc.option(modules, { nil: undefined }))
  .map(([top, module]) => (module === undefined ? top : { ...top, module }));
