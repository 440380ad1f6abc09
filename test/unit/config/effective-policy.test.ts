import { expect, it } from 'vitest';
import { effectivePolicy } from '../../../src/config/effective-policy.ts';
import { mergePolicy } from '../../../src/config/merge-policy.ts';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { sectionKnobs } from '../../../src/config/policy-keys.ts';
import { defaultPolicy, type KnobName } from '../../../src/policy/knobs.ts';
import { policyFor } from '../../../src/policy/policies.ts';

const file = 'a.toml';
const text = `preset = "debian"
failure = "fail"
[module."zfs/2.3.9"]
refresh = "never"
[module.zfs]
refresh = "stale"
pin = "2.3.9"
[module.evdi]
critical = true
`;
const loaded = mergePolicy([parsePolicyFile({ file, text })]);
const preset = { preset: 'debian', file, line: 1 };

it('has all that a machine can have, and what modules have of their own by name', () => {
  const { knobs, modules } = effectivePolicy(loaded);
  expect(Object.keys(knobs)).toEqual(sectionKnobs.machine);
  expect(knobs).toMatchObject({
    refresh: { value: 'always', source: preset },
    failure: { value: 'fail', source: { file, line: 2 } },
    sign: { value: 'auto', source: 'default' },
  });
  expect(Object.entries(modules)).toEqual([
    ['evdi', { critical: { value: true, source: { file, line: 9 } } }],
    [
      'zfs',
      {
        refresh: { value: 'stale', source: { file, line: 6 } },
        pin: { value: '2.3.9', source: { file, line: 7 } },
      },
    ],
    ['zfs/2.3.9', { refresh: { value: 'never', source: { file, line: 4 } } }],
  ]);
});

it.each([
  {
    module: 'zfs',
    differs: { refresh: { value: 'stale', source: { file, line: 6 } } },
    others: ['zfs/2.3.9'],
  },
  { module: 'zfs/2.3.9', differs: { refresh: { value: 'never', source: { file, line: 4 } } }, others: [] },
  { module: 'zfs/2.3.8', differs: { refresh: { value: 'stale', source: { file, line: 6 } } }, others: [] },
  { module: 'zf', differs: { refresh: { value: 'always', source: preset }, pin: unset('') }, others: [] },
  { module: 'constructor', differs: { pin: unset(''), critical: unset(false) }, others: [] },
  { module: 'constructor/name', differs: { pin: unset('') }, others: [] },
])(
  'has all that $module can have, and what its versions have of their own',
  ({ module, differs, others }) => {
    const { knobs, modules } = effectivePolicy(loaded, module);
    expect(Object.keys(knobs)).toEqual(sectionKnobs.module);
    expect(knobs).toMatchObject({ ...differs, failure: { value: 'fail', source: { file, line: 2 } } });
    expect(Object.keys(modules)).toEqual(others);
  },
);

function unset(value: string | boolean) {
  return { value, source: 'default' };
}

it.each(['zfs/2.3.9', 'zfs/1', 'evdi/1', 'other/1'])('says of %s what rules are told', (module) => {
  const [name = '', version = ''] = module.split('/');
  const { knobs } = effectivePolicy(loaded, module);
  const told = policyFor(loaded.policies, { name, version });
  for (const [knob, { value }] of Object.entries(knobs)) expect(value).toEqual(told[knob as KnobName]);
});

it('is all defaults without files', () => {
  const { knobs, modules } = effectivePolicy(mergePolicy([]));
  for (const [knob, found] of Object.entries(knobs))
    expect(found).toEqual({ value: defaultPolicy[knob as KnobName], source: 'default' });
  expect(modules).toEqual({});
});
