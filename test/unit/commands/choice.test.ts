import { describe, expect, it } from 'vitest';
import { parseChoice } from '../../../src/commands/choice.ts';

const ours = { root: '/', module: [], kernel: [], all: false };
const toy = { name: 'toy', version: '1.0' };

describe('of our own system', () => {
  it.each([
    [{ module: ['toy/1.0'] }, 'no kernel is given'],
    [{ kernel: ['6.12.1'] }, 'no module is given'],
    [{}, 'no module is given'],
    [{ module: ['toy'], all: true }, "'toy' is not a module"],
    [{ module: ['toy/1.0'], kernel: ['../x'] }, "'../x' is not a kernel release"],
  ])('%j is refused: %s', (given, message) => {
    expect(() => parseChoice({ ...ours, ...given })).toThrow(
      expect.objectContaining({ code: 'USAGE', message }),
    );
  });

  it('what is named is meant, each once, and nothing is registered', () => {
    const given = { module: ['toy/1.0', 'toy/1.0'], kernel: ['6.12.1', '6.12.1'] };
    expect(parseChoice({ ...ours, ...given })).toEqual({
      modules: [toy],
      kernels: ['6.12.1'],
      registers: false,
    });
  });

  it('everything is meant where somebody says so', () => {
    expect(parseChoice({ ...ours, all: true })).toEqual({ registers: true });
    expect(parseChoice({ ...ours, all: true, module: ['toy/1.0'] })).toEqual({
      modules: [toy],
      registers: true,
    });
  });

  it('--all does not go with a kernel', () => {
    const given = { module: ['toy/1.0'], kernel: ['6.12.1'], all: true };
    expect(() => parseChoice({ ...ours, ...given })).toThrow(
      expect.objectContaining({ code: 'KERNEL_WITH_ALL' }),
    );
  });
});

it.each(['/srv/image', 'image', '//srv'])('of %s everything is meant that is not named', (root) => {
  expect(parseChoice({ ...ours, root })).toEqual({ registers: true });
  expect(parseChoice({ ...ours, root, kernel: ['6.12.1'] })).toEqual({
    kernels: ['6.12.1'],
    registers: true,
  });
});

it.each(['/', '/.', '//', '/srv/..'])('%s is our own system', (root) => {
  expect(() => parseChoice({ ...ours, root })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});
