import { type Command, command, commandGroup } from './declare.ts';

const looking: readonly Command[] = [
  command(
    {
      name: 'show',
      summary: 'show what every knob is set to, and by which file',
      details:
        'With a module, what counts for it. Mistakes in the files are named, and the status is 3 then; what they spoil is left out, as it is by hooks, and the rest is in force. POLICY says what the knobs mean.',
      subjects: { modules: 'registered' },
      positionals: { module: { value: 'module', optional: true, description: 'name or name/version' } },
    },
    async (values) => (await import('./policy-show.ts')).runPolicyShow(values),
  ),
  command(
    {
      name: 'check',
      summary: 'look for mistakes in policy files, wherever they are',
      details: 'Names all of them at once. The status is 3 when there are any.',
      positionals: { file: { value: 'file', repeatable: true, description: 'a file in TOML' } },
    },
    async (values) => (await import('./policy-check.ts')).runPolicyCheck(values),
  ),
  command(
    {
      name: 'schema',
      summary: 'print the JSON Schema of policy files, for editors and validators',
    },
    async () => (await import('./policy-schema.ts')).runPolicySchema(),
  ),
];

/** What is in force, and what may be. */
export const policyCommands = commandGroup('policy', 'show and check the policy', looking);
