import { expect, it } from 'vitest';
import { mergePolicy } from '../../../src/config/merge-policy.ts';
import { parsePolicyFile } from '../../../src/config/policy-file.ts';
import { defaultPolicy } from '../../../src/policy/knobs.ts';

const parsed = (file: string, text: string) => parsePolicyFile({ file, text });

it('is the default without files', () => {
  const { policy, provenance, problems } = mergePolicy([]);
  expect(policy).toEqual(defaultPolicy);
  expect(provenance).toEqual(
    Object.fromEntries(Object.entries(defaultPolicy).map(([knob, value]) => [knob, { value }])),
  );
  expect(problems).toEqual([]);
});

it('lets the later file win and says where each value came from', () => {
  const { policy, provenance } = mergePolicy([
    parsed('a.toml', 'refresh = "never"\nfailure = "fail"'),
    parsed('b.toml', '\nrefresh = "always"'),
  ]);
  expect(policy).toEqual({ ...defaultPolicy, refresh: 'always', failure: 'fail' });
  expect(provenance.refresh).toEqual({ value: 'always', file: 'b.toml', line: 2 });
  expect(provenance.failure).toEqual({ value: 'fail', file: 'a.toml', line: 2 });
  expect(provenance.when).toEqual({ value: defaultPolicy.when });
});

it('goes on with the value before an invalid one', () => {
  const { policy, provenance, problems } = mergePolicy([
    parsed('a.toml', 'refresh = "never"'),
    parsed('b.toml', 'refresh = "alway"'),
    parsed('c.toml', 'failure ='),
  ]);
  expect(policy).toEqual({ ...defaultPolicy, refresh: 'never' });
  expect(provenance.refresh.file).toBe('a.toml');
  expect(problems.map(({ file }) => file)).toEqual(['b.toml', 'c.toml']);
});

it('leaves its arguments and the default alone', () => {
  const before = structuredClone(defaultPolicy);
  const file = Object.freeze(parsed('a.toml', 'refresh = "never"'));
  mergePolicy(Object.freeze([file]));
  expect(defaultPolicy).toEqual(before);
});
