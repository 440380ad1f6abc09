import { type BuildOptions, build } from 'esbuild';

/** Makes one program of sources of ours and all that they import, as scripts/bundle.sh does for what users get. */
export async function bundleProgram(
  outfile: string,
  source: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
): Promise<void> {
  await build({
    ...source,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    loader: { '.hbs': 'text', '.mk': 'text', '.sh': 'text' },
    logLevel: 'error',
    banner: {
      js: "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);",
    },
  });
}
