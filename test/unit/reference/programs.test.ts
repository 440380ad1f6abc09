import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/commands/commands.ts';
import { shells } from '../../../src/reference/completion.ts';
import { dkmsProgram } from '../../../src/reference/dkms-program.ts';
import { pageNames } from '../../../src/reference/manual.ts';
import { ownProgram } from '../../../src/reference/own-program.ts';

const programs = [ownProgram(), dkmsProgram()];

describe.each(programs)('$name', ({ actions, commonOptions }) => {
  it('has every action once, with words for it and for each of its options', () => {
    const names = actions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { summary, options, operands } of actions) {
      for (const text of [summary, ...[...options, ...operands].map(({ description }) => description)])
        expect(text).toMatch(/^\S.*[^.\s]$/);
    }
  });

  it('has every flag of an action once', () => {
    for (const { options } of actions) {
      const flags = [...options, ...commonOptions].flatMap((option) => option.flags);
      expect(new Set(flags).size).toBe(flags.length);
    }
  });
});

it('offers every shell and every page that there is', () => {
  const choices = (name: string, operand: string) =>
    commands.find((command) => command.name === 'generate')?.commands?.find((own) => own.name === name)
      ?.positionals[operand]?.choices;
  expect(choices('completion', 'shell')).toEqual(shells);
  expect(choices('man', 'page')).toEqual(pageNames);
});

it('lets every command that acts be tried dry', () => {
  const looking = [
    'status',
    'plan',
    'explain',
    'log',
    'matrix',
    'preflight',
    'verify',
    'provenance',
    'doctor',
  ];
  const harmless = [...looking, 'policy', 'generate'];
  for (const { name, options } of commands.filter((command) => !harmless.includes(command.name)))
    expect([name, Object.keys(options)]).toEqual([name, expect.arrayContaining(['dryRun'])]);
});
