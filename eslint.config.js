// Only what biome cannot check: import boundaries and the rules that need types.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const nodeModules = { regex: '^node:', message: 'This room is pure: no Node modules.' };
const disk = { regex: '^node:fs(/promises)?$', message: 'Only src/system/ touches the disk.' };
const system = { regex: '/system/', message: 'This room is pure: only facts come in, data goes out.' };
const render = { regex: '/render/', message: 'This room is pure and renders nothing.' };
const execa = { regex: '^execa$', message: 'Only src/system/ starts processes.' };
const handlebars = { regex: '^handlebars$', message: 'Only src/render/ knows the template engine.' };
const yargs = { regex: '^yargs', message: 'Only cli.ts, dkms.ts and commands/ parse the command line.' };
const childProcess = { regex: '^node:child_process$', message: 'Only src/system/ starts processes.' };
const commands = { regex: '/commands/', message: 'Adapters and the core do not know the command line.' };
const control = {
  regex: '^debian-control$',
  message: 'Only src/formats/deb822.ts knows the traps of this parser.',
};
const otherAdapters = { regex: '^\\.\\./(dpkg|pacman|rpm)/', message: 'Adapters do not import each other.' };

const restrict = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const everywhere = [execa, handlebars, yargs, childProcess, control];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'test/fixtures/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', '*.ts'],
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  restrict(['src/**/*.ts'], everywhere),
  restrict(['src/system/exec.ts', 'src/system/read-output.ts'], [handlebars, yargs, control]),
  restrict(['src/render/**/*.ts'], [execa, yargs, childProcess, control]),
  restrict(
    ['src/cli.ts', 'src/dkms.ts', 'src/commands/**/*.ts'],
    [...[execa, handlebars, childProcess, disk], control],
  ),
  restrict(['src/adapters/**/*.ts'], [...everywhere, commands, otherAdapters, system, nodeModules]),
  restrict(['src/core/**/*.ts', 'src/apply/**/*.ts', 'src/config/**/*.ts'], [...everywhere, commands, disk]),
  restrict(
    ['src/policy/**/*.ts', 'src/formats/**/*.ts', 'src/distros/**/*.ts'],
    [...everywhere, commands, nodeModules, system, render],
    ['src/formats/deb822.ts'],
  ),
  restrict(
    ['src/formats/deb822.ts'],
    [execa, handlebars, yargs, childProcess, commands, nodeModules, system, render],
  ),
);
