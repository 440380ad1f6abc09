import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vitest/config';

/** Imports a template as its text, as esbuild's text loader does in the bundle. */
const templatesAsText: Plugin = {
  name: 'templates-as-text',
  enforce: 'pre',
  async load(id) {
    if (!id.endsWith('.hbs')) return null;
    return `export default ${JSON.stringify(await readFile(id, 'utf8'))};`;
  },
};

const fast = (name: string) => ({
  plugins: [templatesAsText],
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000 },
});

export default defineConfig({
  test: {
    projects: [
      fast('unit'),
      fast('contract'),
      fast('golden'),
      fast('cli'),
      {
        plugins: [templatesAsText],
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/support/system-setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
