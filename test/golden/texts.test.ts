import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderCompletion, renderEngine, shells } from '../../src/reference/completion.ts';
import { dkmsProgram } from '../../src/reference/dkms-program.ts';
import { pageNames, renderPage } from '../../src/reference/manual.ts';
import { ownProgram } from '../../src/reference/own-program.ts';
import { makeScratchFolder } from '../support/scratch-folder.ts';

const programs = [ownProgram(), dkmsProgram()];

const completions = programs.flatMap((program) =>
  shells.map((shell) => ({
    shell,
    path: `completion/${program.name}.${shell}`,
    content: renderCompletion(program, shell),
  })),
);
const pages = pageNames.map((name) => ({ path: `man/${name}`, content: renderPage(name) }));
const engines = programs.map((program) => ({ path: program.name, content: renderEngine(program) }));

it.each([...completions, ...pages])('$path is as it was', async ({ path, content }) => {
  expect(content).toMatch(/[^\n]\n$/);
  expect(content).not.toMatch(/[ \t]$|\r|\{\{|\}\}/m);
  await expect(content).toMatchFileSnapshot(join(import.meta.dirname, path));
});

interface Checker {
  readonly argv: readonly string[];
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly env?: Readonly<Record<string, string>>;
}

const of = (shell: string) => completions.filter((completion) => completion.shell === shell);

const checkers: readonly Checker[] = [
  { argv: ['bash', '-n'], files: of('bash') },
  { argv: ['zsh', '-n'], files: of('zsh') },
  { argv: ['fish', '--no-execute'], files: of('fish') },
  // SC2016: what is in single quotes is for another shell. SC1003: the words of some descriptions have apostrophes.
  {
    argv: ['shellcheck', '--shell=bash', '--severity=style', '--exclude=SC2016,SC1003'],
    files: of('bash'),
  },
  { argv: ['dash', '-n'], files: engines },
  { argv: ['shellcheck', '--shell=sh', '--severity=style'], files: engines },
  { argv: ['mandoc', '-T', 'lint', '-W', 'warning'], files: pages },
  // Also at the width of a narrow terminal, where tables run over first.
  { argv: ['man', '--warnings', '--local-file'], files: pages, env: { LC_ALL: 'C.UTF-8', MANWIDTH: '72' } },
];

describe.each(checkers)('$argv', ({ argv: [program = '', ...options], files, env = {} }) => {
  const missing = spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined;
  if (missing) process.stderr.write(`golden: ${program} is not installed; no text is checked by it\n`);

  it.skipIf(missing && !process.env['CI']).each(files)('accepts $path', ({ path, content }) => {
    const file = makeScratchFolder().write(path, content);
    const settings = { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } } as const;
    const { error, stdout, stderr, status } = spawnSync(program, [...options, file], settings);
    // man prints the page; it complains beside it.
    expect(`${error ?? ''}${program === 'man' ? '' : stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });
});
