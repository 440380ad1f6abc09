import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vitest/config';

/** Imports templates and shell programs as their text, as esbuild's text loader does in the bundle. */
const filesAsText: Plugin = {
  name: 'files-as-text',
  enforce: 'pre',
  async load(id) {
    if (!/\.(hbs|mk|sh)$/.test(id)) return null;
    return `export default ${JSON.stringify(await readFile(id, 'utf8'))};`;
  },
};

const fast = (name: string, more: { globalSetup?: string[]; testTimeout?: number } = {}) => ({
  plugins: [filesAsText],
  // Vitest would leave one core idle, which on two is half of the machine; some tests do little but wait.
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: 30_000,
    isolate: false,
    maxWorkers: '150%',
    ...more,
  },
});

const inRoots = (name: string, suffix = 'test') => ({
  plugins: [filesAsText],
  test: {
    name,
    include: [`test/${name}/**/*.${suffix}.ts`],
    globalSetup: ['test/support/system-setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 900_000,
    fileParallelism: true,
    maxWorkers: 2,
  },
});

// One report of each run for whoever adds them up; the runs of one `npm test` share the folder.
const reports = process.env['KMODSMITH_TEST_REPORTS'];
const json = { outputFile: `${reports}/${process.pid}.json` };

export default defineConfig({
  test: {
    reporters: reports === undefined ? ['default'] : ['default', ['json', json]],
    projects: [
      fast('unit'),
      fast('contract'),
      fast('golden'),
      // Each test starts the program many times; one took forty seconds on a machine that was busy.
      fast('cli', { globalSetup: ['test/support/build-setup.ts'], testTimeout: 120_000 }),
      inRoots('system'),
      inRoots('long'),
      // Figures for people: they are printed, and nothing fails by them.
      inRoots('bench', 'bench'),
    ],
  },
});
