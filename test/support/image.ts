import { dirname } from 'node:path';
import { installToolkit } from './install.ts';
import { installHeaders, readKernels, type TestKernel } from './kernels.ts';
import { cachedLayers } from './layers.ts';
import { enterBeside, type OverlayStack } from './namespace.ts';
import { openRoot, type TestRoot } from './roots.ts';

/** A Debian that nobody runs, with two real kernels, and another one with the toolkit, on which it is a folder. */
export interface ImageAndHost extends AsyncDisposable {
  /** Entered as the system that it is: for its maker, and for a machine that runs it. */
  readonly image: TestRoot;
  readonly kernels: readonly TestKernel[];
  readonly host: TestRoot;
  /** Runs a command on the host, where the image is /srv/image. */
  onHost(argv: readonly string[]): Promise<Ended>;
}

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function openImageAndHost(): Promise<ImageAndHost> {
  const image = await openRoot('trixie-kernels-thin');
  const host = await openRoot('trixie');
  const { kernels } = await readKernels(image);
  for (const kernel of kernels) await installHeaders(image, kernel);
  await installToolkit(host);
  const stacks = [await stackOf(image, 'trixie-kernels-thin'), await stackOf(host, 'trixie')] as const;
  return {
    ...{ image, kernels, host },
    async onHost(argv) {
      const options = { allowFailure: true, timeoutSeconds: 600 };
      const { exitCode, stdout, stderr } = await enterBeside(...stacks, argv, options);
      return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    },
    async [Symbol.asyncDispose]() {
      await image.dispose();
      await host.dispose();
    },
  };
}

async function stackOf({ upper }: TestRoot, name: Parameters<typeof cachedLayers>[0]): Promise<OverlayStack> {
  return { directory: dirname(upper), layers: await cachedLayers(name) };
}
